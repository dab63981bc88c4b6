import type { AssessmentSummary } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { assessmentsQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Button } from '../../design/button.tsx'
import { Select } from '../../design/field.tsx'
import { Instant } from '../../design/instant.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { formatShare } from '../../format/quantity.ts'
import { zoneName } from '../../format/time.ts'
import { type Column, DataTable } from '../../list/data-table.tsx'
import { FilterField, matches } from '../../list/filter-field.tsx'
import { ListFrame } from '../../list/list-frame.tsx'
import { Peek, Split } from '../../list/peek.tsx'
import { Toolbar } from '../../list/toolbar.tsx'
import { useListSearch } from '../../list/use-list-search.ts'
import { AssessmentCard } from './assessment-card.tsx'
import { estimateName } from './estimate-name.ts'
import { FindingCounts } from './finding-counts.tsx'
import { StartAssessment } from './start-assessment.tsx'

const columns: readonly Column<AssessmentSummary>[] = [
  {
    id: 'started',
    title: `Started (${zoneName(Date.now())})`,
    width: 'time',
    value: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => <Instant at={startedAt} bare />,
  },
  { id: 'model', title: 'Model', width: 'word', value: ({ model }) => model },
  {
    id: 'verdict',
    title: 'Verdict',
    width: 'badge',
    value: standing,
    cell: (assessment) => <Badge name={standing(assessment)} />,
  },
  {
    id: 'findings',
    title: 'Findings',
    width: 'badge',
    isMinor: true,
    value: ({ findings }) => Object.values(findings).reduce((sum, count) => sum + count, 0),
    cell: (assessment) => <FindingCounts assessment={assessment} isOneLine />,
  },
  {
    id: 'headline',
    title: 'Weakest figure',
    width: 'text',
    value: (assessment) => weakest(assessment)?.value ?? null,
    cell: (assessment) => <Headline assessment={assessment} />,
  },
  { id: 'data', title: 'Data', width: 'word', isMinor: true, value: ({ data }) => data },
]

/** Assessments, newest first. */
export function AssessmentsPage() {
  const { search, change } = useListSearch()
  const assessments = useQuery(assessmentsQuery())
  return (
    <>
      <PageHead
        title="Assessments"
        lead="Models attacked on purpose, and what they withstood."
        actions={
          <Button look="primary" icon="plus" onClick={() => change({ start: 'yes' })}>
            Start assessment
          </Button>
        }
      />
      {search.start === undefined ? null : (
        <StartAssessment
          {...(search.model === undefined ? {} : { model: search.model })}
          onClose={() => change({ start: '' })}
        />
      )}
      <Answer of={assessments}>
        {(all) => {
          if (all.length === 0) return <NoAssessments />
          const rows = all.filter(
            (row) =>
              matches(search.q, row.model, row.data, row.id) &&
              (search.model === undefined || row.model === search.model) &&
              (search.verdict === undefined || standing(row) === search.verdict),
          )
          const selected = all.find(({ id }) => id === search.selected)
          const models = [...new Set([...all.map(({ model }) => model), search.model ?? []].flat())]
          return (
            <Split
              peek={
                selected === undefined ? undefined : (
                  <Peek
                    title={`Assessment of ${selected.model}`}
                    page={pageOf(selected)}
                    pageWord="Open assessment"
                  >
                    <AssessmentCard assessment={selected} />
                  </Peek>
                )
              }
            >
              <Toolbar label="Filter assessments">
                <FilterField label="Filter assessments" hint="Filter by model or data" />
                <Select
                  inline
                  label="Model"
                  value={search.model ?? ''}
                  options={[['', 'All'], ...models.map((name) => [name, name] as const)]}
                  onChange={(model) => change({ model })}
                />
                <Select
                  inline
                  label="Verdict"
                  value={search.verdict ?? ''}
                  options={verdicts}
                  onChange={(verdict) => change({ verdict })}
                />
              </Toolbar>
              <ListFrame count={rows.length} of={all.length} noun="assessment">
                <DataTable
                  caption="Assessments"
                  columns={columns}
                  rows={rows}
                  keyOf={keyOf}
                  order={{ column: 'started', direction: 'desc' }}
                  pageOf={pageOf}
                />
              </ListFrame>
            </Split>
          )
        }}
      </Answer>
    </>
  )
}

const verdicts = [
  ['', 'All'],
  ['findings', 'Findings'],
  ['clean', 'Clean'],
  ['incomplete', 'Incomplete'],
  ['running', 'Running'],
  ['failed', 'Failed'],
  ['interrupted', 'Interrupted'],
] as const satisfies readonly (readonly [string, string])[]

function keyOf({ id }: AssessmentSummary): string {
  return id
}

function pageOf({ id }: AssessmentSummary): string {
  return `/assessments/${encodeURIComponent(id)}`
}

/** The verdict of a finished run; of any other what became of it. */
function standing({ status, verdict }: AssessmentSummary): string {
  return status === 'finished' ? (verdict ?? 'incomplete') : status
}

function weakest({ headline }: AssessmentSummary) {
  return headline.toSorted((a, b) => a.value - b.value)[0]
}

function Headline({ assessment }: { readonly assessment: AssessmentSummary }) {
  const figure = weakest(assessment)
  if (figure === undefined) return '–'
  const [low, high] = figure.interval
  return (
    <span title={`95 % interval ${formatShare(low)} to ${formatShare(high)}, n = ${figure.n}`}>
      <b>{formatShare(figure.value)}</b> {estimateName(figure)}
    </span>
  )
}

function NoAssessments() {
  return (
    <Empty
      icon="assessment"
      title="No assessment yet"
      command="merlon assess MODEL --data DIR --attack fgsm,pgd --epsilon 0.3"
      action={<Link to="/models">Which models are there?</Link>}
    >
      An assessment attacks a model within a budget and reports what it withstands: figures with
      intervals, findings with fixes, and what could not be checked.
    </Empty>
  )
}
