import type { ModelSummary } from '@merlon/api'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../design/badge.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Instant } from '../../design/instant.tsx'
import { Fact, Facts } from '../../design/panel.tsx'
import { formatBytes } from '../../format/quantity.ts'
import { Peek } from '../../list/peek.tsx'

/** A model beside the list. */
export function ModelPeek({ model }: { readonly model: ModelSummary }) {
  const { name, path, sha256, bytes, routes, registeredAt, lastAssessment } = model
  return (
    <Peek title={name} page={`/models/${encodeURIComponent(name)}`} pageWord="Open model">
      <Facts>
        <Fact name="Last assessment">
          {lastAssessment === null ? (
            <Badge name="unchecked" word="Never assessed" />
          ) : (
            <Link to="/assessments/$id" params={{ id: lastAssessment.id }}>
              <Badge name={lastAssessment.verdict} /> <Instant at={lastAssessment.finishedAt} />
            </Link>
          )}
        </Fact>
        <Fact name="Served at">
          {routes.length === 0 ? 'Not served' : <code>{routes.join(', ')}</code>}
        </Fact>
        <Fact name="File">
          <code>{path}</code>
        </Fact>
        <Fact name="SHA-256">
          <Digest hex={sha256} what="the digest" />
        </Fact>
        <Fact name="Size">{formatBytes(bytes)}</Fact>
        <Fact name="Registered">
          <Instant at={registeredAt} />
        </Fact>
      </Facts>
    </Peek>
  )
}
