import type { AuditProof } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { recordQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { buttonClass } from '../../design/button.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Instant } from '../../design/instant.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Fact, Facts, Panel } from '../../design/panel.tsx'
import { formatCount } from '../../format/quantity.ts'
import { EntryText } from './entry-text.tsx'
import { ProofChecks } from './proof-checks.tsx'
import { ProofPath } from './proof-path.tsx'
import styles from './record-page.module.css'
import { useVerification } from './use-verification.ts'

/** One record, its bytes, and the way from it to the signed root, calculated here. */
export function RecordPage() {
  const { index: text } = useParams({ from: '/inside/audit/$index' })
  const index = /^\d{1,15}$/.test(text) ? Number(text) : -1
  const record = useQuery(recordQuery(index))
  return (
    <>
      <PageHead
        title={`Record ${text}`}
        above={[{ to: '/audit', title: 'Audit log' }]}
        lead={record.data?.summary}
        actions={<Neighbours index={index} size={record.data?.proof?.treeSize} />}
      />
      <Answer of={record} lines={8}>
        {(data) => <Parts record={data} />}
      </Answer>
    </>
  )
}

function Parts({ record }: { readonly record: AuditProof }) {
  const verification = useVerification(record)
  const { kind, at, leafHash, proof, entry, index } = record
  return (
    <div className={styles.columns}>
      <div className={styles.column}>
        <Panel title="Proof" note="calculated by this browser">
          <ProofChecks verification={verification} />
        </Panel>
        {verification === undefined || proof === null ? null : (
          <Panel
            title="From the record to the root"
            note={`record ${index} of ${formatCount(proof.treeSize)}`}
          >
            <ProofPath
              leaf={verification.leaf}
              steps={verification.steps}
              isRoot={(verification.steps.at(-1)?.parent ?? verification.leaf) === proof.rootHash}
            />
          </Panel>
        )}
      </div>
      <div className={styles.column}>
        <Panel title="Record">
          <Facts>
            <Fact name="Kind">{kind}</Fact>
            <Fact name="Time">
              <Instant at={at} />
            </Fact>
            <Fact name="Leaf hash">
              <Digest hex={leafHash} what="the leaf hash" />
            </Fact>
            <Fact name="Root">
              {proof === null ? (
                'no checkpoint yet'
              ) : (
                <Digest hex={proof.rootHash} what="the root hash" />
              )}
            </Fact>
          </Facts>
        </Panel>
        <Panel title="Entry" note="the bytes that are hashed, laid out">
          <EntryText entry={entry} />
        </Panel>
        {proof === null ? null : (
          <Panel title="Checkpoint" note="signed by the log">
            <pre className={styles.note}>{proof.checkpoint}</pre>
          </Panel>
        )}
      </div>
    </div>
  )
}

function Neighbours({
  index,
  size,
}: {
  readonly index: number
  readonly size: number | undefined
}) {
  return (
    <nav aria-label="Neighbouring records" className={styles.neighbours}>
      {index > 0 ? (
        <Link
          to="/audit/$index"
          params={{ index: String(index - 1) }}
          className={buttonClass.plain}
        >
          Before
        </Link>
      ) : null}
      {size !== undefined && index + 1 < size ? (
        <Link
          to="/audit/$index"
          params={{ index: String(index + 1) }}
          className={buttonClass.plain}
        >
          After
        </Link>
      ) : null}
    </nav>
  )
}
