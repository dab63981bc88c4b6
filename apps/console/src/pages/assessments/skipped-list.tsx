import type { AssessmentDetail } from '@merlon/api'
import { Badge, StateIcon } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import { Panel } from '../../design/panel.tsx'
import styles from './assessment-page.module.css'

/** What nobody looked at, and why. Open edges, so that it cannot be taken for clean. */
export function SkippedList({ assessment }: { readonly assessment: AssessmentDetail }) {
  const { skippedList, status } = assessment
  return (
    <Panel title="Not checked" note={skippedList.length === 0 ? undefined : 'which is not clean'}>
      {skippedList.length > 0 ? (
        <ul className={classNames(styles.list, styles.skipped)}>
          {skippedList.map(({ what, why }) => (
            <li key={`${what} ${why}`}>
              <Badge name="unchecked" />
              <div>
                <b>{what}</b>
                <p>{why}</p>
              </div>
            </li>
          ))}
        </ul>
      ) : status === 'finished' ? (
        <ul className={styles.list}>
          <li>
            <StateIcon name="ok" />
            <span>Everything that was asked for was done.</span>
          </li>
        </ul>
      ) : (
        <Badge name="unchecked" word="The run did not finish" />
      )}
    </Panel>
  )
}
