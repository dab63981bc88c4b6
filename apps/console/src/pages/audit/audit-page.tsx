import type { AuditRecord } from '@merlon/api'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { api, auditQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Select } from '../../design/field.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { DataTable } from '../../list/data-table.tsx'
import { FilterField, matches } from '../../list/filter-field.tsx'
import { ListFrame } from '../../list/list-frame.tsx'
import { Older } from '../../list/older.tsx'
import { Split } from '../../list/peek.tsx'
import { ExportMenu, Toolbar } from '../../list/toolbar.tsx'
import { useListSearch } from '../../list/use-list-search.ts'
import { LogStatus } from './log-status.tsx'
import { recordColumns, recordExport } from './record-columns.tsx'
import { RecordPeek } from './record-peek.tsx'

const kinds = ['decision', 'key', 'model', 'assessment', 'session', 'server', 'policy'] as const

/** The tamper-evident log: its state, its records, and the button that checks all of it. */
export function AuditPage() {
  const status = useQuery(auditQuery)
  return (
    <>
      <PageHead
        title="Audit log"
        lead="Everything that was decided and changed, in a log that cannot be rewritten unseen."
      />
      <Answer of={status} lines={3}>
        {(data) => <LogStatus status={data} />}
      </Answer>
      <Records size={status.data?.size} />
    </>
  )
}

function Records({ size }: { readonly size: number | undefined }) {
  const { search } = useListSearch()
  const records = useRecords(search.kind, size)
  const all = useMemo(
    () => records.data?.pages.flatMap((page) => page.records) ?? [],
    [records.data],
  )
  const rows = useMemo(
    () => all.filter(({ summary, index }) => matches(search.q, summary, String(index))),
    [all, search.q],
  )
  const selected = all.find(({ index }) => String(index) === search.selected)
  if (records.data !== undefined && all.length === 0 && search.kind === undefined)
    return <NoRecords />
  return (
    <Answer of={records}>
      {({ pages }) => (
        <Split peek={selected === undefined ? undefined : <RecordPeek record={selected} />}>
          <Filters />
          <ListFrame
            count={rows.length}
            of={search.kind === undefined ? (pages[0]?.size ?? 0) : all.length}
            noun="record"
            foot={
              <>
                <Older of={records} />
                <ExportMenu name="merlon-audit" columns={recordExport} rows={rows} />
              </>
            }
          >
            <DataTable
              caption="Records of the audit log"
              columns={recordColumns}
              rows={rows}
              keyOf={keyOf}
              order={{ column: 'index', direction: 'desc' }}
              pageOf={({ index }) => `/audit/${index}`}
            />
          </ListFrame>
        </Split>
      )}
    </Answer>
  )
}

function keyOf({ index }: AuditRecord): string {
  return String(index)
}

function Filters() {
  const { search, change } = useListSearch()
  return (
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
  )
}

function NoRecords() {
  return (
    <Empty icon="audit" title="The log is empty" command="merlon start">
      The first record is written when the server starts; then one for each decision, key, model and
      assessment.
    </Empty>
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
