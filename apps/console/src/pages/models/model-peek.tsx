import type { ModelSummary } from '@merlon/api'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../design/badge.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Instant } from '../../design/instant.tsx'
import { Facts } from '../../design/panel.tsx'
import { formatBytes } from '../../format/quantity.ts'
import { Peek } from '../../list/peek.tsx'

/** A model beside the list. */
export function ModelPeek({ model }: { readonly model: ModelSummary }) {
  const { name, path, sha256, bytes, routes, registeredAt, lastAssessment } = model
  return (
    <Peek title={name} page={`/models/${encodeURIComponent(name)}`} pageWord="Open model">
      <Facts
        facts={[
          [
            'Last assessment',
            lastAssessment === null ? (
              <Badge name="unchecked" word="Never assessed" />
            ) : (
              <Link to="/assessments/$id" params={{ id: lastAssessment.id }}>
                <Badge name={lastAssessment.verdict} /> <Instant at={lastAssessment.finishedAt} />
              </Link>
            ),
          ],
          ['Served at', routes.length === 0 ? 'Not served' : <code>{routes.join(', ')}</code>],
          ['File', <code key="path">{path}</code>],
          ['SHA-256', <Digest key="digest" hex={sha256} what="the digest" />],
          ['Size', formatBytes(bytes)],
          ['Registered', <Instant key="at" at={registeredAt} />],
        ]}
      />
    </Peek>
  )
}
