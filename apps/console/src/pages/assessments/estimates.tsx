import type { AssessmentDetail, Estimate } from '@merlon/api'
import { Panel } from '../../design/panel.tsx'
import { Whisker } from '../../design/whisker.tsx'
import { formatCount } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'
import { estimateName, figureText, isPartial, isShare, unitText } from './estimate-name.ts'

/** The figures, each with its 95 % interval as whiskers, its count and what it cost; the steps of an ensemble apart. */
export function Estimates({ estimates }: Pick<AssessmentDetail, 'estimates'>) {
  const whole = estimates.filter((estimate) => !isPartial(estimate))
  const parts = estimates.filter(isPartial)
  return (
    <>
      {whole.length === 0 ? null : (
        <Panel title="Figures" note="with their 95 % intervals" flush>
          <Table label="Table of figures" estimates={whole} />
        </Panel>
      )}
      {parts.length === 0 ? null : (
        <Panel
          title="Attack by attack"
          note="what stood after each step of the figures above"
          flush
        >
          <Table label="Table of steps" estimates={parts} />
        </Panel>
      )}
    </>
  )
}

interface TableProps {
  readonly label: string
  readonly estimates: readonly Estimate[]
}

function Table({ label, estimates }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={label}>
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
            <Row key={estimateName(estimate)} estimate={estimate} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ estimate }: { readonly estimate: Estimate }) {
  const { value, interval, n, queries, method } = estimate
  return (
    <tr>
      <th scope="row">{estimateName(estimate)}</th>
      <td className={styles.number}>
        <b>{figureText(estimate, value)}</b>
      </td>
      <td>
        {isShare(estimate) ? (
          <Whisker value={value} interval={interval} />
        ) : (
          <span className={styles.unit}>{unitText(estimate)}</span>
        )}
      </td>
      <td>{interval.map((bound) => figureText(estimate, bound)).join(' to ')}</td>
      <td className={styles.number}>{formatCount(n)}</td>
      <td className={styles.number}>{formatCount(queries)}</td>
      <td>{method}</td>
    </tr>
  )
}
