import type { AssessmentDetail } from '@merlon/api'
import { Panel } from '../../design/panel.tsx'
import { Whisker } from '../../design/whisker.tsx'
import { formatCount } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'
import { estimateName, figureText, isShare } from './estimate-name.ts'

/** The figures, each with its 95 % interval as whiskers, its count and what it cost. */
export function Estimates({ estimates }: Pick<AssessmentDetail, 'estimates'>) {
  if (estimates.length === 0) return null
  return (
    <Panel title="Figures" note="with their 95 % intervals" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label="Table of figures">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col" className={styles.number}>
                Value
              </th>
              <th scope="col">
                <span className={styles.axis}>
                  <span>0 %</span>
                  <span>50 %</span>
                  <span>100 %</span>
                </span>
              </th>
              <th scope="col">Interval</th>
              <th scope="col" className={styles.number}>
                n
              </th>
              <th scope="col" className={styles.number}>
                Queries
              </th>
              <th scope="col">Method</th>
            </tr>
          </thead>
          <tbody>
            {estimates.map((estimate) => (
              <tr key={estimateName(estimate)}>
                <th scope="row">{estimateName(estimate)}</th>
                <td className={styles.number}>
                  <b>{figureText(estimate, estimate.value)}</b>
                </td>
                <td>
                  {isShare(estimate) ? (
                    <Whisker value={estimate.value} interval={estimate.interval} />
                  ) : null}
                </td>
                <td>
                  {estimate.interval.map((bound) => figureText(estimate, bound)).join(' to ')}
                </td>
                <td className={styles.number}>{formatCount(estimate.n)}</td>
                <td className={styles.number}>{formatCount(estimate.queries)}</td>
                <td>{estimate.method}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  )
}
