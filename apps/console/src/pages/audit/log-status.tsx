import type { AuditStatus, Reply } from '@merlon/api'
import { useMutation } from '@tanstack/react-query'
import { api } from '../../api.ts'
import { announce } from '../../design/announce.tsx'
import { Badge, StateIcon } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { CodeLine } from '../../design/code-line.tsx'
import { Instant } from '../../design/instant.tsx'
import { Failure } from '../../design/notice.tsx'
import { formatCount } from '../../format/quantity.ts'
import styles from './audit-page.module.css'

/** How long the log is, what it was last signed at, who holds copies; and the check of all of it. */
export function LogStatus({ status }: { readonly status: AuditStatus }) {
  const verify = useMutation({
    mutationFn: () => api('POST /api/v1/audit/verification'),
    onSuccess: ({ verdict, records }) => announce(`The log is ${verdict}: ${records} records`),
  })
  return (
    <section className={styles.status} aria-label="State of the log">
      <dl className={styles.figures}>
        <div>
          <dt>Records</dt>
          <dd className={styles.big}>{formatCount(status.size)}</dd>
        </div>
        <div>
          <dt>Last checkpoint</dt>
          <dd>
            {status.checkpointAt === null ? (
              'none signed yet'
            ) : (
              <Instant at={status.checkpointAt} />
            )}
          </dd>
        </div>
        <div>
          <dt>Copies outside the log</dt>
          <dd>
            {status.witnesses.length === 0 ? (
              <Badge name="unchecked" word="None: truncation cannot be found" />
            ) : (
              status.witnesses.map((witness) => <div key={witness}>{witness}</div>)
            )}
          </dd>
        </div>
      </dl>
      <Button
        look="primary"
        icon="verified"
        className={styles.verify}
        disabled={verify.isPending}
        onClick={() => verify.mutate()}
      >
        {verify.isPending ? 'Verifying…' : 'Verify now'}
      </Button>
      {verify.error === null ? null : (
        <Failure error={verify.error} onRetry={() => verify.mutate()} />
      )}
      {verify.data === undefined ? null : <Outcome outcome={verify.data} at={verify.submittedAt} />}
      <details>
        <summary>Checkpoint, key and how to check without this server</summary>
        <pre className={styles.note}>{status.checkpoint}</pre>
        <CodeLine text={status.publicKey} what="the public key" />
        <CodeLine text="merlon audit verify" what="the command" />
      </details>
    </section>
  )
}

const meanings = {
  whole: 'Every record is there, unchanged and in its place.',
  consistent: 'What is there fits together; whether its end was cut off was not checked.',
  broken: 'Records were changed, removed or moved.',
} as const

function Outcome({
  outcome: { verdict, records, findings, skipped },
  at,
}: {
  readonly outcome: Reply<'POST /api/v1/audit/verification'>
  readonly at: number
}) {
  return (
    <div className={styles.result} role="status" aria-label="Verification">
      <p>
        <Badge name={verdict} />
        <span>
          {meanings[verdict]} {formatCount(records)} records, verified <Instant at={at} />.
        </span>
      </p>
      <ul>
        {findings.map((finding) => (
          <li key={finding}>
            <StateIcon name="error" />
            {finding}
          </li>
        ))}
        {skipped.map((why) => (
          <li key={why}>
            <StateIcon name="unchecked" />
            Not checked: {why}
          </li>
        ))}
      </ul>
    </div>
  )
}
