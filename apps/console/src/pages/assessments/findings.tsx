import { type AssessmentDetail, Severity } from '@merlon/api'
import { Badge } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import { Panel } from '../../design/panel.tsx'
import styles from './assessment-page.module.css'

const worstFirst = Severity.options

type Finding = AssessmentDetail['findingList'][number]

/** What is wrong, the worst first: the evidence, the fix, and the pages that explain it. What a baseline has too stands apart. */
export function Findings({ findings }: { readonly findings: AssessmentDetail['findingList'] }) {
  const sorted = findings.toSorted(
    (a, b) => worstFirst.indexOf(a.severity) - worstFirst.indexOf(b.severity),
  )
  const open = sorted.filter((finding) => !isAccepted(finding))
  const accepted = sorted.filter(isAccepted)
  return (
    <>
      {open.length === 0 ? null : (
        <Panel title="Findings" note={String(open.length)} flush>
          <FindingList findings={open} />
        </Panel>
      )}
      {accepted.length === 0 ? null : (
        <Panel
          title="Accepted findings"
          note={`${accepted.length}, which the baseline has too: they do not fail the run`}
          flush
        >
          <FindingList findings={accepted} />
        </Panel>
      )}
    </>
  )
}

/** Whether a baseline has the finding too, so that it does not fail the run. */
export function isAccepted({ effect }: Pick<Finding, 'effect'>): boolean {
  return effect === 'accepted'
}

function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <ul className={styles.findingList}>
      {findings.map((finding) => (
        <li
          key={finding.id}
          className={classNames(styles.finding, isAccepted(finding) && styles.accepted)}
          id={finding.id}
        >
          <header>
            <Badge name={finding.severity} />
            {finding.effect === undefined ? null : <Badge name={finding.effect} />}
            <h3>{finding.title}</h3>
            <code>{finding.rule}</code>
          </header>
          <dl>
            <dt>Where</dt>
            <dd>
              <code>{finding.place}</code>
            </dd>
            <dt>Evidence</dt>
            <dd className={styles.evidence}>{finding.evidence}</dd>
            <dt>Fix</dt>
            <dd>{finding.fix}</dd>
            {finding.references.length === 0 ? null : (
              <>
                <dt>References</dt>
                <dd>
                  <ul className={styles.references}>
                    {finding.references.map(({ catalogue, id, title }) => (
                      <li key={`${catalogue} ${id}`}>
                        <b>
                          {catalogue} {id}
                        </b>{' '}
                        {title}
                      </li>
                    ))}
                  </ul>
                </dd>
              </>
            )}
          </dl>
        </li>
      ))}
    </ul>
  )
}
