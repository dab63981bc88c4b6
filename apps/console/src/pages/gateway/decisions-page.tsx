import type { Decision } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { keysQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Select } from '../../design/field.tsx'
import { Empty } from '../../design/notice.tsx'
import { DataTable } from '../../list/data-table.tsx'
import { FilterField, matches } from '../../list/filter-field.tsx'
import { ListFrame } from '../../list/list-frame.tsx'
import { Older } from '../../list/older.tsx'
import { Split } from '../../list/peek.tsx'
import { ExportMenu, Toolbar } from '../../list/toolbar.tsx'
import { useListSearch } from '../../list/use-list-search.ts'
import { decisionColumns, decisionExport } from './decision-columns.tsx'
import { DecisionPeek } from './decision-peek.tsx'
import { GatewayHead } from './gateway-head.tsx'
import { LiveSwitch } from './live-switch.tsx'
import { useAnnouncedBlocks } from './use-announced-blocks.ts'
import { type DecisionFilter, useDecisions } from './use-decisions.ts'

const verdicts = ['pass', 'block', 'rewrite', 'review'] as const
const verdictOptions = [
  ['', 'All'],
  ['block', 'Block'],
  ['pass', 'Pass'],
  ['rewrite', 'Rewrite'],
  ['review', 'Review'],
] as const

/** What the gateway decided, as it decides. */
export function DecisionsPage() {
  const { search } = useListSearch()
  const filter = useFilter(search.verdict, search.code, search.key)
  const found = useDecisions(filter)
  useAnnouncedBlocks(found.arrived)
  const rows = useMemo(
    () =>
      found.decisions.filter((row) =>
        matches(search.q, row.path, row.reason, row.requestId, row.keyName, row.code),
      ),
    [found.decisions, search.q],
  )
  const selected = found.decisions.find((row) => String(row.auditIndex) === search.selected)
  const isFiltered = Object.keys(filter).length > 0
  return (
    <>
      <GatewayHead />
      <Answer of={found.past}>
        {() =>
          found.decisions.length === 0 && !isFiltered ? (
            <NoDecisions />
          ) : (
            <Split peek={selected === undefined ? undefined : <DecisionPeek decision={selected} />}>
              <Filters found={found} filter={filter} />
              <ListFrame
                count={rows.length}
                of={found.total}
                noun="decision"
                foot={
                  <>
                    <Older of={found.past} />
                    <ExportMenu name="merlon-decisions" columns={decisionExport} rows={rows} />
                  </>
                }
              >
                <DataTable
                  caption="Decisions of the gateway"
                  columns={decisionColumns}
                  rows={rows}
                  keyOf={keyOf}
                  order={{ column: 'at', direction: 'desc' }}
                  pageOf={(row) => `/audit/${row.auditIndex}`}
                />
              </ListFrame>
            </Split>
          )
        }
      </Answer>
    </>
  )
}

function keyOf({ auditIndex }: Decision): string {
  return String(auditIndex)
}

function Filters({
  found,
  filter,
}: {
  readonly found: ReturnType<typeof useDecisions>
  readonly filter: DecisionFilter
}) {
  const { search, change } = useListSearch()
  return (
    <Toolbar label="Filter decisions">
      <LiveSwitch {...found} />
      <FilterField label="Filter decisions" hint="Filter by path, reason, key or request" />
      <Select
        inline
        label="Verdict"
        value={filter.verdict ?? ''}
        options={verdictOptions}
        onChange={(verdict) => change({ verdict })}
      />
      <CodeSelect code={search.code} seen={found.decisions.map(({ code }) => code)} />
      <KeySelect keyId={search.key} />
    </Toolbar>
  )
}

function useFilter(
  verdictText: string | undefined,
  code: string | undefined,
  keyId: string | undefined,
): DecisionFilter {
  const verdict = verdicts.find((known) => known === verdictText)
  return useMemo(
    () => ({
      ...(verdict === undefined ? {} : { verdict }),
      ...(code === undefined ? {} : { code }),
      ...(keyId === undefined ? {} : { keyId }),
    }),
    [verdict, code, keyId],
  )
}

function CodeSelect({
  code,
  seen,
}: {
  readonly code: string | undefined
  readonly seen: readonly string[]
}) {
  const { change } = useListSearch()
  const codes = [...new Set(code === undefined ? seen : [code, ...seen])].sort()
  return (
    <Select
      inline
      label="Code"
      value={code ?? ''}
      options={[['', 'All'], ...codes.map((known) => [known, known] as const)]}
      onChange={(next) => change({ code: next })}
    />
  )
}

function KeySelect({ keyId }: { readonly keyId: string | undefined }) {
  const { change } = useListSearch()
  const keys = useQuery(keysQuery)
  const known = (keys.data ?? []).map(({ id, name }) => [id, name] as const)
  const unknown =
    keyId === undefined || known.some(([id]) => id === keyId) ? [] : [[keyId, keyId] as const]
  return (
    <Select
      inline
      label="Key"
      value={keyId ?? ''}
      options={[['', 'All'], ...unknown, ...known]}
      onChange={(key) => change({ key })}
    />
  )
}

function NoDecisions() {
  return (
    <Empty
      icon="gateway"
      title="No request has come yet"
      command={`curl -H 'authorization: Bearer KEY' ${location.origin}/v2/models`}
    >
      Each request to a model is decided here: passed or blocked, with the reason and a record in
      the audit log. Rows appear as requests come.
    </Empty>
  )
}
