import type { Decision } from '@merlon/api'
import { Badge } from '../../design/badge.tsx'
import { Instant } from '../../design/instant.tsx'
import { formatDuration } from '../../format/quantity.ts'
import { zoneName } from '../../format/time.ts'
import type { Column } from '../../list/data-table.tsx'
import type { ExportColumn } from '../../list/export.ts'

/** The columns of the live list. */
export const decisionColumns: readonly Column<Decision>[] = [
  {
    id: 'at',
    title: `Time (${zoneName(Date.now())})`,
    width: 'time',
    // Two decisions of one millisecond stay in the order of their records.
    value: ({ at, auditIndex }) => at + auditIndex / 2 ** 40,
    cell: ({ at }) => <Instant at={at} bare />,
  },
  {
    id: 'verdict',
    title: 'Verdict',
    width: 'badge',
    value: ({ verdict }) => verdict,
    cell: ({ verdict }) => <Badge name={verdict} />,
  },
  { id: 'status', title: 'Status', width: 'number', isMinor: true, value: ({ status }) => status },
  {
    id: 'code',
    title: 'Code',
    width: 'word',
    value: ({ code }) => code,
    cell: ({ code }) => <code>{code}</code>,
  },
  {
    id: 'reason',
    title: 'Reason',
    width: 'text',
    value: ({ reason }) => reason,
    cell: ({ reason }) => <span title={reason}>{reason}</span>,
  },
  {
    id: 'model',
    title: 'Model',
    width: 'word',
    isMinor: true,
    value: ({ model }) => model,
  },
  {
    id: 'key',
    title: 'Key',
    width: 'word',
    isMinor: true,
    value: ({ keyName, keyId }) => keyName ?? keyId,
  },
  {
    id: 'latency',
    title: 'Latency',
    width: 'number',
    isMinor: true,
    value: ({ latencyMs }) => latencyMs,
    cell: ({ latencyMs }) => formatDuration(latencyMs),
  },
]

const exported = [
  'auditIndex',
  'requestId',
  'method',
  'path',
  'route',
  'model',
  'keyId',
  'keyName',
  'verdict',
  'status',
  'code',
  'reason',
  'requestBytes',
  'requestSha256',
  'responseSha256',
  'latencyMs',
] as const satisfies readonly (keyof Decision)[]

/** Everything that is known of a decision, for a file. */
export const decisionExport: readonly ExportColumn<Decision>[] = [
  { id: 'at', value: ({ at }) => new Date(at).toISOString() },
  ...exported.map((id) => ({ id, value: (row: Decision) => row[id] })),
]
