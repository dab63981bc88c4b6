import type { Decision } from '@merlon/api'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../design/badge.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Instant } from '../../design/instant.tsx'
import { Fact, Facts } from '../../design/panel.tsx'
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
      <Facts>
        <Fact name="Time">
          <Instant at={decision.at} />
        </Fact>
        <Fact name="Request">
          <code>
            {method} {path}
          </code>
        </Fact>
        <Fact name="Answer">
          HTTP {status} after {formatDuration(decision.latencyMs)}
        </Fact>
        <Fact name="Model">
          <ModelName model={decision.model} />
        </Fact>
        <Fact name="Route">
          {decision.route === null ? 'none matched' : <code>{decision.route}</code>}
        </Fact>
        <Fact name="Key">
          <KeyName decision={decision} />
        </Fact>
        <Fact name="Body">{formatBytes(decision.requestBytes)}</Fact>
        <Fact name="Body SHA-256">
          <BodyDigest hex={decision.requestSha256} what="request digest" />
        </Fact>
        <Fact name="Answer SHA-256">
          <BodyDigest hex={decision.responseSha256} what="answer digest" />
        </Fact>
        <Fact name="Request id">
          <code>{decision.requestId}</code>
        </Fact>
      </Facts>
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
