import type { Overview } from '@merlon/api'
import { ToggleGroup } from 'radix-ui'
import { useState } from 'react'
import { Icon } from '../../design/icon.tsx'
import { Panel } from '../../design/panel.tsx'
import { formatCount } from '../../format/quantity.ts'
import { formatClock, zoneName } from '../../format/time.ts'
import styles from './traffic.module.css'
import { TrafficChart } from './traffic-chart.tsx'

type Minutes = Overview['traffic']

/** The last hour at the gateway, as a picture or as a table. */
export function Traffic({ traffic }: { readonly traffic: Minutes }) {
  const [view, setView] = useState('chart')
  const sum = (part: 'passed' | 'blocked') => traffic.reduce((total, row) => total + row[part], 0)
  const passed = sum('passed')
  const blocked = sum('blocked')
  return (
    <Panel
      title="Traffic"
      note="requests per minute, the last hour"
      actions={
        <ToggleGroup.Root
          type="single"
          value={view}
          onValueChange={(next) => setView(next === '' ? view : next)}
          aria-label="Show traffic as"
          className={styles.toggle}
        >
          <ToggleGroup.Item value="chart" aria-label="Chart" title="Chart">
            <Icon name="chart" />
          </ToggleGroup.Item>
          <ToggleGroup.Item value="table" aria-label="Table" title="Table">
            <Icon name="table" />
          </ToggleGroup.Item>
        </ToggleGroup.Root>
      }
    >
      <p className={styles.legend}>
        <span className={styles.passed} data-series="passed">
          <i /> <Icon name="pass" /> Passed <b>{formatCount(passed)}</b>
        </span>
        <span className={styles.blocked} data-series="blocked">
          <i /> <Icon name="block" /> Blocked <b>{formatCount(blocked)}</b>
        </span>
      </p>
      {passed + blocked === 0 ? (
        <p className={styles.quiet}>No request came in the last hour.</p>
      ) : view === 'chart' ? (
        <TrafficChart
          traffic={traffic}
          label={`Requests per minute in the last hour: ${passed} passed, ${blocked} blocked. The table beside this chart has the figures.`}
        />
      ) : (
        <TrafficTable traffic={traffic} />
      )}
    </Panel>
  )
}

function TrafficTable({ traffic }: { readonly traffic: Minutes }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard
    <section className={styles.scroll} tabIndex={0} aria-label="Requests per minute">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Minute ({zoneName(traffic[0]?.at ?? 0)})</th>
            <th scope="col">Passed</th>
            <th scope="col">Blocked</th>
          </tr>
        </thead>
        <tbody>
          {traffic.toReversed().map((row) => (
            <tr key={row.at}>
              <th scope="row">{formatClock(row.at).slice(0, 5)}</th>
              <td>{formatCount(row.passed)}</td>
              <td>{formatCount(row.blocked)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
