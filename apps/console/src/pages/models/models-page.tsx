import type { ModelSummary } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Instant } from '../../design/instant.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { formatBytes } from '../../format/quantity.ts'
import { zoneName } from '../../format/time.ts'
import { type Column, DataTable } from '../../list/data-table.tsx'
import { FilterField, matches } from '../../list/filter-field.tsx'
import { ListFrame } from '../../list/list-frame.tsx'
import { Split } from '../../list/peek.tsx'
import { Toolbar } from '../../list/toolbar.tsx'
import { useListSearch } from '../../list/use-list-search.ts'
import { ModelPeek } from './model-peek.tsx'

const columns: readonly Column<ModelSummary>[] = [
  { id: 'name', title: 'Model', width: 'word', value: ({ name }) => name },
  {
    id: 'verdict',
    title: 'Last assessment',
    width: 'badge',
    value: ({ lastAssessment }) => lastAssessment?.verdict ?? null,
    cell: ({ lastAssessment }) =>
      lastAssessment === null ? (
        <Badge name="unchecked" word="Never assessed" />
      ) : (
        <Badge name={lastAssessment.verdict} />
      ),
  },
  {
    id: 'routes',
    title: 'Served at',
    width: 'text',
    value: ({ routes }) => routes.join(', ') || null,
    cell: ({ routes }) => (routes.length === 0 ? 'Not served' : <code>{routes.join(', ')}</code>),
  },
  {
    id: 'bytes',
    title: 'Size',
    width: 'number',
    isMinor: true,
    value: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatBytes(bytes),
  },
  {
    id: 'registered',
    title: `Registered (${zoneName(Date.now())})`,
    width: 'time',
    isMinor: true,
    value: ({ registeredAt }) => registeredAt,
    cell: ({ registeredAt }) => <Instant at={registeredAt} bare />,
  },
]

/** The registered models. */
export function ModelsPage() {
  const models = useQuery(modelsQuery)
  const { search } = useListSearch()
  return (
    <>
      <PageHead title="Models" lead="What Merlon knows, attacks and serves." />
      <Answer of={models}>
        {(all) => {
          if (all.length === 0) return <NoModels />
          const rows = all.filter(({ name, path, routes }) =>
            matches(search.q, name, path, ...routes),
          )
          const selected = all.find(({ name }) => name === search.selected)
          return (
            <Split peek={selected === undefined ? undefined : <ModelPeek model={selected} />}>
              <Toolbar label="Filter models">
                <FilterField label="Filter models" hint="Filter by name, path or route" />
              </Toolbar>
              <ListFrame count={rows.length} of={all.length} noun="model">
                <DataTable
                  caption="Models"
                  columns={columns}
                  rows={rows}
                  keyOf={keyOf}
                  order={{ column: 'name', direction: 'asc' }}
                  pageOf={({ name }) => `/models/${encodeURIComponent(name)}`}
                />
              </ListFrame>
            </Split>
          )
        }}
      </Answer>
    </>
  )
}

function keyOf({ name }: ModelSummary): string {
  return name
}

function NoModels() {
  return (
    <Empty icon="model" title="No model is registered" command="merlon start">
      A model is an ONNX file that Merlon attacks, seals and serves. Name one under “models” in
      merlon.yaml; without that file, merlon start trains and registers a demo model.
    </Empty>
  )
}
