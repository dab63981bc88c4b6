import { type AssessmentSummary, Severity } from '@merlon/api'
import { Badge } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import styles from './finding-counts.module.css'

const worstFirst = Severity.options

/** How many findings of each severity, and how much was not checked: a dash is not a zero. */
export function FindingCounts({
  assessment: { status, findings, skipped },
  isOneLine = false,
}: {
  readonly isOneLine?: boolean
  readonly assessment: Pick<AssessmentSummary, 'status' | 'findings' | 'skipped'>
}) {
  const found = worstFirst.filter((severity) => findings[severity] > 0)
  return (
    <span className={classNames(styles.counts, isOneLine && styles.line)}>
      {found.map((severity) => (
        <Badge key={severity} name={severity} word={countWord(findings[severity], severity)} />
      ))}
      {found.length === 0 && status === 'finished' ? (
        <span className={styles.none}>No findings</span>
      ) : null}
      {skipped > 0 ? <Badge name="unchecked" word={`${skipped} not checked`} /> : null}
      {found.length === 0 && status !== 'finished' && skipped === 0 ? (
        <span className={styles.none}>–</span>
      ) : null}
    </span>
  )
}

function countWord(count: number, severity: (typeof worstFirst)[number]): string {
  return `${count} ${severity}`
}
