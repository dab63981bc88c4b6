import type { Overview } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { overviewQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge, StateIcon } from '../../design/badge.tsx'
import { Icon } from '../../design/icon.tsx'
import { Instant } from '../../design/instant.tsx'
import { Empty } from '../../design/notice.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Panel } from '../../design/panel.tsx'
import { PathLink } from '../../design/path-link.tsx'
import { RecordLink } from '../../design/record-link.tsx'
import { AssessmentCard } from '../assessments/assessment-card.tsx'
import styles from './overview-page.module.css'
import { Posture } from './posture.tsx'
import { Traffic } from './traffic.tsx'

/** Am I safe now, what changed, what must a human do. */
export function OverviewPage() {
  const overview = useQuery(overviewQuery)
  return (
    <>
      <PageHead title="Overview" />
      <Answer of={overview} lines={8}>
        {(data) => (
          <div className={styles.grid}>
            <Posture posture={data.posture} />
            <div className={styles.columns}>
              <div className={styles.column}>
                <Todo todo={data.todo} />
                <Traffic traffic={data.traffic} />
                <Blocked decisions={data.recentBlocks} />
              </div>
              <div className={styles.column}>
                <Panel title="Last assessment">
                  {data.lastAssessment === null ? (
                    <Empty
                      icon="assessment"
                      title="No model was attacked yet"
                      command="merlon assess MODEL --data DIR"
                    >
                      An assessment attacks a model before others do, and measures what it
                      withstands.
                    </Empty>
                  ) : (
                    <AssessmentCard assessment={data.lastAssessment} />
                  )}
                </Panel>
                <Changes changes={data.changes} />
              </div>
            </div>
          </div>
        )}
      </Answer>
    </>
  )
}

function Todo({ todo }: Pick<Overview, 'todo'>) {
  return (
    <Panel title="What needs you" note={todo.length === 0 ? undefined : `${todo.length} open`}>
      {todo.length === 0 ? (
        <p className={styles.done}>
          <StateIcon name="ok" />
          Nothing waits for a decision of yours.
        </p>
      ) : (
        <ul className={styles.todo}>
          {todo.map((item) => (
            <li key={`${item.link} ${item.title}`}>
              <PathLink path={item.link} className={styles.task}>
                <Badge name={item.severity} />
                <span className={styles.words}>
                  <strong>{item.title}</strong>
                  <span>{item.detail}</span>
                </span>
                <Icon name="chevron" />
              </PathLink>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Blocked({ decisions }: { readonly decisions: Overview['recentBlocks'] }) {
  return (
    <Panel
      title="Blocked lately"
      actions={
        <Link to="/gateway" search={{ verdict: 'block' }}>
          All blocked requests
        </Link>
      }
    >
      {decisions.length === 0 ? (
        <p className={styles.quiet}>The gateway has blocked nothing.</p>
      ) : (
        <ul className={styles.blocked}>
          {decisions.slice(0, 6).map((decision) => (
            <li key={decision.auditIndex}>
              <Link
                to="/gateway"
                search={{ verdict: 'block', selected: String(decision.auditIndex) }}
                className={styles.reason}
              >
                <code>{decision.code}</code>
                <span>{decision.reason}</span>
              </Link>
              <Instant at={decision.at} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Changes({ changes }: Pick<Overview, 'changes'>) {
  return (
    <Panel title="What changed">
      {changes.length === 0 ? (
        <p className={styles.quiet}>
          Nothing yet. Keys, models, policies and assessments leave their mark here.
        </p>
      ) : (
        <ol className={styles.changes}>
          {changes.slice(0, 12).map((change) => (
            <li key={`${change.at} ${change.kind} ${change.text}`}>
              <span>
                {change.text}{' '}
                {change.auditIndex === null ? null : <RecordLink index={change.auditIndex} />}
              </span>
              <Instant at={change.at} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
