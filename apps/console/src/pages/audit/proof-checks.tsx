import { Badge, StateIcon } from '../../design/badge.tsx'
import { Skeleton } from '../../design/notice.tsx'
import type { RecordVerification } from '../../proof/verify-record.ts'
import styles from './record-page.module.css'

const words = {
  proven: 'This browser proved that the record is in the log that was signed.',
  incomplete: 'Not everything could be checked, so nothing is proven.',
  broken: 'The record and the signed log contradict each other.',
} as const

/** The checks that this browser made, each with its outcome. */
export function ProofChecks({
  verification,
}: {
  readonly verification: RecordVerification | undefined
}) {
  if (verification === undefined) return <Skeleton lines={3} />
  const { verdict, checks } = verification
  return (
    <div className={styles.checks} role="status" aria-label="Proof">
      <p>
        <Badge name={verdict} /> {words[verdict]}
      </p>
      <ul>
        {checks.map(({ name, state, text }) => (
          <li key={name}>
            <StateIcon name={state === 'failed' ? 'error' : state} />
            <span>
              <b>{name}</b> {state === 'unchecked' ? 'not checked: ' : ''}
              {text}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
