import type { AssessmentDetail, Estimate } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { assessmentQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge } from '../../design/badge.tsx'
import { Instant } from '../../design/instant.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Fact, Facts, Panel } from '../../design/panel.tsx'
import styles from './assessment-page.module.css'
import { changeOf } from './compare.ts'
import { estimateName, figureText } from './estimate-name.ts'

/** Two assessments side by side: which figures moved beyond what chance explains. */
export function ComparePage() {
  const { a, b } = useSearch({ from: '/inside/assessments/compare' })
  return (
    <>
      <PageHead
        title="Compare assessments"
        above={[{ to: '/assessments', title: 'Assessments' }]}
        lead="A figure has moved only where the two 95 % intervals do not overlap."
      />
      {a === undefined || b === undefined ? <NothingChosen /> : <Both a={a} b={b} />}
    </>
  )
}

function Both({ a, b }: { readonly a: string; readonly b: string }) {
  const [first, second] = [useQuery(assessmentQuery(a)), useQuery(assessmentQuery(b))]
  return (
    <Answer of={first}>
      {(before) => (
        <Answer of={second}>
          {(after) => (
            <div className={styles.page}>
              <div className={styles.pair}>
                <Side title="Before" assessment={before} />
                <Side title="After" assessment={after} />
              </div>
              <Figures before={before.estimates} after={after.estimates} />
            </div>
          )}
        </Answer>
      )}
    </Answer>
  )
}

function Side({ title, assessment }: { title: string; assessment: AssessmentDetail }) {
  const { id, model, data, status, verdict, startedAt, seed, inputs } = assessment
  return (
    <Panel title={title}>
      <Facts>
        <Fact name="Assessment">
          <Link to="/assessments/$id" params={{ id }}>
            {model} on {data}
          </Link>
        </Fact>
        <Fact name="Verdict">
          <Badge name={status === 'finished' ? (verdict ?? 'incomplete') : status} />
        </Fact>
        <Fact name="Started">
          <Instant at={startedAt} />
        </Fact>
        <Fact name="Seed">{seed}</Fact>
        {inputs.map(({ path, sha256 }) => (
          <Fact key={path} name="Input">
            <code>{sha256.slice(0, 12)}</code>
          </Fact>
        ))}
      </Facts>
    </Panel>
  )
}

function Figures({ before, after }: Record<'before' | 'after', readonly Estimate[]>) {
  const names = [...new Set([...before, ...after].map(estimateName))]
  const find = (list: readonly Estimate[], name: string) =>
    list.find((estimate) => estimateName(estimate) === name)
  return (
    <Panel title="Figures" note="value and 95 % interval" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label="Table of compared figures">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
              <th scope="col">Change</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const [one, other] = [find(before, name), find(after, name)]
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{one === undefined ? '– not measured' : withInterval(one)}</td>
                  <td>{other === undefined ? '– not measured' : withInterval(other)}</td>
                  <td>{changeOf(one, other)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
    </Panel>
  )
}

function withInterval(estimate: Estimate): string {
  const [low, high] = estimate.interval.map((bound) => figureText(estimate, bound))
  return `${figureText(estimate, estimate.value)} (${low} to ${high}, n = ${estimate.n})`
}

function NothingChosen() {
  return (
    <Empty icon="assessment" title="Two assessments are needed">
      Open an assessment and choose another one under “Compare with”.
    </Empty>
  )
}
