import { exitCodes, type Report, severities } from '@merlon/core'
import { countText } from './figures.ts'

/** What the run comes to, in one sentence without a full stop: the same wherever a report is read. */
export function summaryText(report: Report): string {
  const found = severityCounts(report)
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(', ')
  const findings = `${countText(report.findings.length, 'finding')}${found && ` (${found})`}`
  const skipped = `${countText(report.skipped.length, 'thing')} not checked`
  if (report.exitCode === exitCodes.interrupted)
    return `interrupted: ${findings} so far, ${skipped}`
  switch (report.verdict) {
    case 'error':
      return `the run failed: ${findings} before it stopped, ${skipped}`
    case 'findings':
      return report.skipped.length > 0 ? `${findings}; ${skipped}` : findings
    case 'incomplete':
      return `${skipped}; ${findings} in what was checked`
    case 'clean':
      return report.findings.length > 0
        ? `${findings}, none of which fails the run`
        : 'nothing found, and nothing skipped'
  }
}

/** The findings for a reader: worst first, otherwise in the report's order. */
export function worstFirst(findings: Report['findings']): Report['findings'] {
  return findings.toSorted(
    (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity),
  )
}

/** How many findings there are of each severity, worst first, zeros included. */
export function severityCounts({ findings }: Pick<Report, 'findings'>) {
  return severities.map((severity) => ({
    severity,
    count: findings.filter((finding) => finding.severity === severity).length,
  }))
}
