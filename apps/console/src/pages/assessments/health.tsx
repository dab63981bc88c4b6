import type { AssessmentDetail } from '@merlon/api'
import { Badge } from '../../design/badge.tsx'
import { Panel } from '../../design/panel.tsx'
import { formatNumber } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'

/** Whether each attack did its work: a broken attack makes a model look strong. */
export function Health({ health }: Pick<AssessmentDetail, 'health'>) {
  return (
    <Panel title="Attack health" note="can the figures be trusted?">
      {health.length === 0 ? (
        <Badge name="unchecked" word="No attack reported its health" />
      ) : (
        <ul className={styles.list}>
          {health.map((check) => (
            <li key={`${check.attack} ${check.name}`}>
              <Badge name={check.isHealthy ? 'healthy' : 'unhealthy'} />
              <div>
                <b>
                  {check.attack.toUpperCase()}: {check.name}
                </b>
                <p>
                  {check.meaning} Measured {formatNumber(check.value)}, threshold{' '}
                  {formatNumber(check.threshold)}.
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
