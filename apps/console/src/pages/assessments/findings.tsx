import { type AssessmentDetail, Severity } from '@merlon/api'
import { Badge } from '../../design/badge.tsx'
import { Panel } from '../../design/panel.tsx'
import styles from './assessment-page.module.css'

const worstFirst = Severity.options

/** What is wrong, the worst first: the evidence, the fix, and the pages that explain it. */
export function Findings({ findings }: { readonly findings: AssessmentDetail['findingList'] }) {
  const sorted = findings.toSorted(
    (a, b) => worstFirst.indexOf(a.severity) - worstFirst.indexOf(b.severity),
  )
  if (sorted.length === 0) return null
  return (
    <Panel title="Findings" note={String(sorted.length)} flush>
      <ul className={styles.findingList}>
        {sorted.map((finding) => (
          <li key={finding.id} className={styles.finding} id={finding.id}>
            <header>
              <Badge name={finding.severity} />
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
    </Panel>
  )
}
