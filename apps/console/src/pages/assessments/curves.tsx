import type { Curve } from '@merlon/api'
import { Panel } from '../../design/panel.tsx'
import { formatCount, formatNumber } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'
import { ClassPlot } from './class-plot.tsx'
import { lookOf } from './curve-look.ts'
import plot from './curves.module.css'
import { EpsilonPlot, linesMax } from './epsilon-plot.tsx'
import { attackName, figureText } from './estimate-name.ts'

/** What a reader sees at a glance, each plot with its numbers as a table. */
export function Curves({ curves }: { readonly curves: readonly Curve[] }) {
  const drawn = curves.filter(({ series }) => series.some(({ points }) => points.length > 0))
  if (drawn.length === 0) return null
  return (
    <Panel title="Curves" note="bands and whiskers are 95 % intervals">
      <div className={plot.plots}>
        {drawn.map((curve) => (
          <CurveFigure key={curve.title} curve={curve} />
        ))}
      </div>
    </Panel>
  )
}

function CurveFigure({ curve }: { readonly curve: Curve }) {
  return (
    <figure className={plot.figure}>
      <figcaption>{curve.title}</figcaption>
      {curve.axis === 'epsilon' ? <EpsilonPlot curve={curve} /> : <ClassPlot curve={curve} />}
      <Legend curve={curve} />
      <details>
        <summary>Numbers</summary>
        <Numbers curve={curve} />
      </details>
    </figure>
  )
}

function Legend({ curve: { axis, series } }: { readonly curve: Curve }) {
  const shown = axis === 'epsilon' ? series.slice(0, linesMax) : series
  const more = series.length - shown.length
  return (
    <ul className={plot.legend}>
      {shown.map(({ name }, k) => (
        <li key={name}>
          <svg className={lookOf(k)} viewBox="0 0 26 10" aria-hidden="true">
            <path className={plot.line} d="M1 5h24" />
            <circle className={plot.point} cx="13" cy="5" r="3" />
          </svg>
          {attackName(name)}
        </li>
      ))}
      {more > 0 ? <li>and {formatCount(more)} more in the table</li> : null}
    </ul>
  )
}

function Numbers({ curve: { title, axis, series } }: { readonly curve: Curve }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={`${title}: numbers`}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col">{axis === 'epsilon' ? 'ε' : 'Class'}</th>
            <th scope="col" className={styles.number}>
              Value
            </th>
            <th scope="col">Interval</th>
            <th scope="col" className={styles.number}>
              n
            </th>
            <th scope="col" className={styles.number}>
              Queries
            </th>
          </tr>
        </thead>
        <tbody>
          {series.flatMap(({ name, points }) =>
            points.map((point) => {
              const at = axis === 'epsilon' ? formatNumber(point.epsilon ?? 0) : point.class
              return (
                <tr key={`${name} ${at}`}>
                  <th scope="row">{attackName(name)}</th>
                  <td>{at}</td>
                  <td className={styles.number}>
                    <b>{figureText(point, point.value)}</b>
                  </td>
                  <td>{point.interval.map((bound) => figureText(point, bound)).join(' to ')}</td>
                  <td className={styles.number}>{formatCount(point.n)}</td>
                  <td className={styles.number}>{formatCount(point.queries)}</td>
                </tr>
              )
            }),
          )}
        </tbody>
      </table>
    </section>
  )
}
