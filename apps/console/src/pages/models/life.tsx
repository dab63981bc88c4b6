import type { ModelDetail } from '@merlon/api'
import { Icon, type IconName } from '../../design/icon.tsx'
import { Instant } from '../../design/instant.tsx'
import { Panel } from '../../design/panel.tsx'
import { RecordLink } from '../../design/record-link.tsx'
import styles from './model-page.module.css'

/** What happened to a model, oldest first, each with its record in the audit log. */
export function Life({ life }: Pick<ModelDetail, 'life'>) {
  return (
    <Panel title="Life" note="oldest first">
      <ol className={styles.life}>
        {life.map((event) => (
          <li key={`${event.at} ${event.kind} ${event.text}`}>
            <span className={styles.node}>
              <Icon name={kindIcon(event.kind)} />
            </span>
            <span>
              {event.text}{' '}
              {event.auditIndex === null ? null : <RecordLink index={event.auditIndex} />}
            </span>
            <Instant at={event.at} />
          </li>
        ))}
      </ol>
    </Panel>
  )
}

/** The icon of a kind of event, as in the audit log. */
export function kindIcon(kind: string): IconName {
  const icons: Readonly<Record<string, IconName>> = {
    decision: 'gateway',
    key: 'key',
    model: 'model',
    assessment: 'assessment',
    session: 'session',
    server: 'server',
    policy: 'policy',
  }
  return icons[kind] ?? 'info'
}
