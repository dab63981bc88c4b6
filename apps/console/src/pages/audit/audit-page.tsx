import type { AuditRecord } from '@merlon/api'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { api, auditQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Button } from '../../design/button.tsx'
import { Select } from '../../design/field.tsx'
import { Icon } from '../../design/icon.tsx'
import { Instant } from '../../design/instant.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { zoneName } from '../../format/time.ts'
import { type Column, DataTable } from '../../list/data-table.tsx'
import type { ExportColumn } from '../../list/export.ts'
import { FilterField, matches } from '../../list/filter-field.tsx'
import { ListFrame } from '../../list/list-frame.tsx'
import { Split } from '../../list/peek.tsx'
import { ExportMenu, Toolbar } from '../../list/toolbar.tsx'
import { useListSearch } from '../../list/use-list-search.ts'
import { kindIcon } from '../models/life.tsx'
import styles from './audit-page.module.css'
import { LogStatus } from './log-status.tsx'
import { RecordPeek } from './record-peek.tsx'

const columns: readonly Column<AuditRecord>[] = [
  {
    id: 'index',
    title: 'Record',
    width: 'number',
    value: ({ index }) => index,
    cell: ({ index }) => <code>#{index}</code>,
  },
  {
    id: 'at',
    title: `Time (${zoneName(Date.now())})`,
    width: 'time',
    value: ({ at }) => at,
    cell: ({ at }) => <Instant at={at} bare />,
  },
  {
    id: 'kind',
    title: 'Kind',
    width: 'badge',
    value: ({ kind }) => kind,
    cell: ({ kind }) => (
      <span className={styles.kind}>
        <Icon name={kindIcon(kind)} />
        {kind}
      </span>
    ),
  },
  {
    id: 'summary',
    title: 'What happened',
    width: 'text',
    value: ({ summary }) => summary,
    cell: ({ summary }) => <span title={summary}>{summary}</span>,
  },
  {
    id: 'leaf',
    title: 'Leaf hash',
    width: 'badge',
    isMinor: true,
    value: ({ leafHash }) => leafHash,
    cell: ({ leafHash }) => <code title={leafHash}>{leafHash.slice(0, 16)}…</code>,
  },
]

const exported: readonly ExportColumn<AuditRecord>[] = [
  { id: 'index', value: ({ index }) => index },
  { id: 'at', value: ({ at }) => new Date(at).toISOString() },
  { id: 'kind', value: ({ kind }) => kind },
  { id: 'summary', value: ({ summary }) => summary },
  { id: 'leafHash', value: ({ leafHash }) => leafHash },
]

const kinds = ['decision', 'key', 'model', 'assessment', 'session', 'server', 'policy'] as const

/** The tamper-evident log: its state, its records, and the button that checks all of it. */
export function AuditPage() {
  const { search, change } = useListSearch()
  const status = useQuery(auditQuery)
  const records = useRecords(search.kind, status.data?.size)
  const all = useMemo(
    () => records.data?.pages.flatMap((page) => page.records) ?? [],
    [records.data],
  )
  const rows = useMemo(
    () => all.filter(({ summary, index }) => matches(search.q, summary, String(index))),
    [all, search.q],
  )
  const selected = all.find(({ index }) => String(index) === search.selected)
  return (
    <>
      <PageHead
        title="Audit log"
        lead="Everything that was decided and changed, in a log that cannot be rewritten unseen."
      />
      <Answer of={status} lines={3}>
        {(data) => <LogStatus status={data} />}
      </Answer>
      <Answer of={records}>
        {() =>
          all.length === 0 && search.kind === undefined ? (
            <Empty icon="audit" title="The log is empty" command="merlon start">
              The first record is written when the server starts; then one for each decision, key,
              model and assessment.
            </Empty>
          ) : (
            <Split peek={selected === undefined ? undefined : <RecordPeek record={selected} />}>
              <Toolbar label="Filter records">
                <FilterField label="Filter records" hint="Filter by number or text" />
                <Select
                  inline
                  label="Kind"
                  value={search.kind ?? ''}
                  options={[['', 'All'], ...kinds.map((kind) => [kind, kind] as const)]}
                  onChange={(kind) => change({ kind })}
                />
              </Toolbar>
              <ListFrame
                count={rows.length}
                of={search.kind === undefined ? (records.data?.pages[0]?.size ?? 0) : all.length}
                noun="records"
                foot={
                  <>
                    {records.hasNextPage ? (
                      <Button
                        disabled={records.isFetchingNextPage}
                        onClick={() => void records.fetchNextPage()}
                      >
                        Load older
                      </Button>
                    ) : null}
                    <ExportMenu name="merlon-audit" columns={exported} rows={rows} />
                  </>
                }
              >
                <DataTable
                  caption="Records of the audit log"
                  columns={columns}
                  rows={rows}
                  keyOf={({ index }) => String(index)}
                  order={{ column: 'index', direction: 'desc' }}
                  pageOf={({ index }) => `/audit/${index}`}
                />
              </ListFrame>
            </Split>
          )
        }
      </Answer>
    </>
  )
}

const pageRows = 200

function useRecords(kind: string | undefined, size: number | undefined) {
  const records = useInfiniteQuery({
    queryKey: ['records', kind ?? null],
    queryFn: ({ signal, pageParam }) =>
      api('GET /api/v1/audit/records', {
        signal,
        query: {
          limit: pageRows,
          ...(kind === undefined ? {} : { kind }),
          ...(pageParam === undefined ? {} : { before: pageParam }),
        },
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) =>
      page.records.length < pageRows ? undefined : page.records.at(-1)?.index,
  })
  const { refetch } = records
  // The log has grown: the newest records are fetched.
  useEffect(() => {
    if (size !== undefined) void refetch()
  }, [size, refetch])
  return records
}
