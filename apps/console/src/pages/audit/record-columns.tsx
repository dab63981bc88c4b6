import type { AuditRecord } from '@merlon/api'
import { Icon } from '../../design/icon.tsx'
import { Instant } from '../../design/instant.tsx'
import { zoneName } from '../../format/time.ts'
import type { Column } from '../../list/data-table.tsx'
import type { ExportColumn } from '../../list/export.ts'
import { kindIcon } from '../models/life.tsx'
import styles from './audit-page.module.css'

/** The columns of the list of records. */
export const recordColumns: readonly Column<AuditRecord>[] = [
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

/** What a file of records holds. */
export const recordExport: readonly ExportColumn<AuditRecord>[] = [
  { id: 'index', value: ({ index }) => index },
  { id: 'at', value: ({ at }) => new Date(at).toISOString() },
  { id: 'kind', value: ({ kind }) => kind },
  { id: 'summary', value: ({ summary }) => summary },
  { id: 'leafHash', value: ({ leafHash }) => leafHash },
]
