import type { AssessmentDetail } from '@merlon/api'
import { Badge, StateIcon } from '../../design/badge.tsx'
import { Panel } from '../../design/panel.tsx'
import { formatCountOf, formatNumber } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'
import { attackName } from './estimate-name.ts'

type Checks = AssessmentDetail['health']

/** Whether each attack did its work: a broken attack makes a model look strong. What is wrong stands first. */
export function Health({ health }: { readonly health: Checks }) {
  const unhealthy = health.filter(({ isHealthy }) => !isHealthy)
  const healthy = health.filter(({ isHealthy }) => isHealthy)
  return (
    <Panel title="Attack health" note="can the figures be trusted?">
      {health.length === 0 ? (
        <Badge name="unchecked" word="No attack reported its health" />
      ) : (
        <div className={styles.list}>
          {unhealthy.length > 0 ? <CheckList checks={unhealthy} /> : <AllWell />}
          {healthy.length === 0 ? null : (
            <details className={styles.healthy}>
              <summary>{formatCountOf(healthy.length, 'healthy check')}</summary>
              <CheckList checks={healthy} />
            </details>
          )}
        </div>
      )}
    </Panel>
  )
}

function AllWell() {
  return (
    <ul className={styles.list}>
      <li>
        <StateIcon name="ok" />
        <span>Every attack did its work: nothing suggests that it was held up.</span>
      </li>
    </ul>
  )
}

function CheckList({ checks }: { readonly checks: Checks }) {
  return (
    <ul className={styles.list}>
      {checks.map(({ attack, name, isHealthy, meaning, value, threshold }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: checks of a report never move, and two may share a name
        <li key={place}>
          <Badge name={isHealthy ? 'healthy' : 'unhealthy'} />
          <div>
            <b>
              {attackName(attack)}: {name}
            </b>
            <p>
              {meaning.replace(/\.?$/, '.')} Measured {formatNumber(value)}, threshold{' '}
              {formatNumber(threshold)}.
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}
