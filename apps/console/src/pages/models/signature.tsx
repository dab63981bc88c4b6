import type { ModelDetail } from '@merlon/api'
import { Panel } from '../../design/panel.tsx'
import { formatCount, formatShape } from '../../format/quantity.ts'
import styles from './model-page.module.css'

/** What goes into a model and what comes out. */
export function Signature({ model: { inputs, outputs } }: { readonly model: ModelDetail }) {
  const rows = [
    ...inputs.map((tensor) => ({ ...tensor, side: 'Input' })),
    ...outputs.map((tensor) => ({ ...tensor, side: 'Output' })),
  ]
  return (
    <Panel title="Signature" note="n is a size that may vary" flush>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Side</th>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Shape</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ side, name, type, shape }) => (
            <tr key={`${side} ${name}`}>
              <td>{side}</td>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <code>{type}</code>
              </td>
              <td>{formatShape(shape)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

/** The operators of the graph, the most used first. */
export function Operators({ operators }: Pick<ModelDetail, 'operators'>) {
  const byCount = Object.entries(operators).sort(
    ([a, left], [b, right]) => right - left || a.localeCompare(b),
  )
  const total = byCount.reduce((sum, [, count]) => sum + count, 0)
  return (
    <Panel title="Operators" note={`${formatCount(total)} nodes of ${byCount.length} kinds`}>
      <ul className={styles.operators}>
        {byCount.map(([operator, count]) => (
          <li key={operator}>
            {operator} <span>{formatCount(count)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
