import type { Decision } from '@merlon/api'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../design/badge.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Instant } from '../../design/instant.tsx'
import { Facts } from '../../design/panel.tsx'
import { formatBytes, formatDuration } from '../../format/quantity.ts'
import { Peek } from '../../list/peek.tsx'
import styles from './decision-peek.module.css'

/** Why the gateway decided so, what it looked at, and where it is on the record. */
export function DecisionPeek({ decision }: { readonly decision: Decision }) {
  const { auditIndex, verdict, code, reason, method, path, status } = decision
  return (
    <Peek
      title={`Decision ${auditIndex}`}
      page={`/audit/${auditIndex}`}
      pageWord="Open audit record"
    >
      <div className={styles.why}>
        <p className={styles.verdict}>
          <Badge name={verdict} /> <code>{code}</code>
        </p>
        <p className={styles.reason}>{reason}</p>
        <p className={styles.explain}>
          What the code means: <code>merlon explain {code}</code>
        </p>
      </div>
      <Facts
        facts={[
          ['Time', <Instant key="at" at={decision.at} />],
          [
            'Request',
            <code key="request">
              {method} {path}
            </code>,
          ],
          ['Answer', `HTTP ${status} after ${formatDuration(decision.latencyMs)}`],
          ['Model', <ModelName key="model" model={decision.model} />],
          ['Route', decision.route === null ? 'none matched' : <code>{decision.route}</code>],
          ['Key', <KeyName key="key" decision={decision} />],
          ['Body', formatBytes(decision.requestBytes)],
          [
            'Body SHA-256',
            <BodyDigest key="in" hex={decision.requestSha256} what="request digest" />,
          ],
          [
            'Answer SHA-256',
            <BodyDigest key="out" hex={decision.responseSha256} what="answer digest" />,
          ],
          ['Request id', <code key="id">{decision.requestId}</code>],
        ]}
      />
    </Peek>
  )
}

function ModelName({ model }: Pick<Decision, 'model'>) {
  if (model === null) return 'none'
  return (
    <Link to="/models/$name" params={{ name: model }}>
      {model}
    </Link>
  )
}

function KeyName({ decision: { keyId, keyName } }: { readonly decision: Decision }) {
  if (keyId === null) return 'none was given, or it is not known'
  return (
    <Link to="/gateway" search={{ key: keyId }}>
      {keyName ?? keyId}
    </Link>
  )
}

function BodyDigest({ hex, what }: { readonly hex: string | null; readonly what: string }) {
  if (hex === null) return 'not read'
  return <Digest hex={hex} what={`the ${what}`} />
}
