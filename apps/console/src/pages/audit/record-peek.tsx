import type { AuditRecord } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { recordQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Instant } from '../../design/instant.tsx'
import { Fact, Facts } from '../../design/panel.tsx'
import { Peek } from '../../list/peek.tsx'
import { EntryText } from './entry-text.tsx'
import { ProofChecks } from './proof-checks.tsx'
import { useVerification } from './use-verification.ts'

/** A record beside the list: what it says, and whether the browser could prove it. */
export function RecordPeek({ record }: { readonly record: AuditRecord }) {
  const { index, at, kind, summary } = record
  const detail = useQuery(recordQuery(index))
  const verification = useVerification(detail.data)
  return (
    <Peek title={`Record ${index}`} page={`/audit/${index}`} pageWord="Open record">
      <p>{summary}</p>
      <Facts>
        <Fact name="Kind">{kind}</Fact>
        <Fact name="Time">
          <Instant at={at} />
        </Fact>
      </Facts>
      <Answer of={detail} lines={3}>
        {({ entry }) => (
          <>
            <ProofChecks verification={verification} />
            <EntryText entry={entry} />
          </>
        )}
      </Answer>
    </Peek>
  )
}
