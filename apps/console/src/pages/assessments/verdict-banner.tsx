import type { AssessmentDetail } from '@merlon/api'
import { type BadgeName, StateIcon } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import { formatCountOf } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'
import { isAccepted } from './findings.tsx'

interface VerdictWords {
  readonly icon: BadgeName
  readonly title: string
  readonly detail: string
}

/** What an assessment comes to, in one sentence and what it means. */
export function VerdictBanner({ assessment }: { readonly assessment: AssessmentDetail }) {
  const { status, verdict } = assessment
  const state = status === 'finished' ? (verdict ?? 'incomplete') : status
  const { icon, title, detail } = wordsFor(state, assessment)
  return (
    <section className={classNames(styles.banner, styles[state])} aria-label="Verdict">
      <StateIcon name={icon} />
      <div>
        <h2>{title}</h2>
        <p>{detail}</p>
      </div>
    </section>
  )
}

function wordsFor(
  state: AssessmentDetail['status'] | NonNullable<AssessmentDetail['verdict']>,
  { findingList, skippedList }: AssessmentDetail,
): VerdictWords {
  const accepted = findingList.filter(isAccepted).length
  const found = formatCountOf(findingList.length - accepted, 'finding')
  const open = `${skippedList.length} ${skippedList.length === 1 ? 'check was' : 'checks were'} skipped`
  switch (state) {
    case 'clean':
      return {
        icon: 'clean',
        title:
          findingList.length === 0
            ? 'It withstood everything that was tried'
            : 'Nothing fails the run',
        detail:
          accepted > 0
            ? `It breaks as it did before: the baseline accepts ${formatCountOf(accepted, 'finding')}.`
            : 'Within the budget below, no attack did what fails it. A stronger one may.',
      }
    case 'findings':
      return {
        icon: 'findings',
        title: `It breaks: ${found}`,
        detail:
          skippedList.length === 0
            ? 'Each finding says what was measured and what to do about it.'
            : `Each finding says what to do about it. Besides, ${open}.`,
      }
    case 'incomplete':
    case 'finished':
      return {
        icon: 'incomplete',
        title: `Not everything was checked: ${open}`,
        detail: 'What was checked shows nothing at or above the threshold. That is not clean.',
      }
    case 'running':
      return { icon: 'running', title: 'Still running', detail: 'This page follows the run.' }
    case 'interrupted':
      return {
        icon: 'interrupted',
        title: 'Interrupted',
        detail: 'Somebody stopped it. The figures below are of the part that was done.',
      }
    case 'error':
    case 'failed':
      return {
        icon: 'failed',
        title: 'The run failed',
        detail: 'It says nothing about the model. The reason is on the record and in the log.',
      }
  }
}
