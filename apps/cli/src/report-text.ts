import { type HealthCheck, type Report, severities } from '@merlon/core'
import { durationText, intervalText, numberText, valueText } from './figures.ts'
import { findingLines, skippedLines } from './findings-text.ts'
import type { Paint } from './paint.ts'
import { plain } from './plain.ts'
import { table } from './table.ts'
import { hang } from './wrap.ts'

/** A report on a terminal: figures, whether to trust them, findings, and what was not checked. */
export function reportLines(report: Report, files: readonly string[], paint: Paint): string[] {
  const { findings, skipped, estimates, seed, durationMs } = report
  const unchecked =
    skipped.length === 0 ? 'nothing left unchecked' : `${skipped.length} not checked`
  return [
    ...hang({ head: '', headLength: 0, indent: 2 }, plain(report.title), paint).map(paint.bold),
    '',
    ...(estimates.length === 0 ? [paint.warn('nothing was measured')] : figureTable(report, paint)),
    '',
    ...healthLines(report.health, paint),
    ...findingLines(findings, paint),
    ...skippedLines(skipped, paint),
    '',
    [countText(report), unchecked, durationText(durationMs), `seed ${seed}`].join(', '),
    ...files.map((file) => `report  ${plain(file)}`),
  ]
}

/** `2 findings (1 high, 1 low)`; where they do not decide the verdict, the reason too. */
function countText({ findings, verdict, options }: Report): string {
  const bySeverity = severities.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const parts = bySeverity.length === 0 ? '' : ` (${bySeverity.join(', ')})`
  const isMild = findings.length > 0 && verdict === 'clean'
  const least = isMild ? `, none of which fails the run (--fail-on ${options['fail-on']})` : ''
  return `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}${parts}${least}`
}

function figureTable({ estimates }: Report, paint: Paint): string[] {
  const columns = [
    { heading: 'figure' },
    { heading: 'attack', isFlexible: true },
    { heading: 'norm' },
    { heading: 'epsilon', align: 'right' },
    { heading: 'value', align: 'right', paint: paint.bold },
    { heading: '95 % interval', align: 'right' },
    { heading: 'n', align: 'right' },
    { heading: 'queries', align: 'right' },
  ] as const
  const rows = estimates.map((estimate) => [
    estimate.name,
    estimate.attack ?? '-',
    estimate.norm ?? '-',
    estimate.epsilon === undefined ? '-' : numberText(estimate.epsilon),
    valueText(estimate),
    intervalText(estimate),
    String(estimate.n),
    String(estimate.queries),
  ])
  return table(columns, rows, paint)
}

function healthLines(health: readonly HealthCheck[], paint: Paint): string[] {
  const unhealthy = health.filter(({ isHealthy }) => !isHealthy)
  if (health.length === 0) return [`${paint.warn('-')} health: not measured`]
  if (unhealthy.length === 0)
    return [`${paint.good('ok')} health: ${health.length} of ${health.length} checks hold`]
  const mark = { head: `${paint.warn('!')} `, headLength: 2, indent: 2 }
  return unhealthy.flatMap(({ attack, name, value, threshold, meaning }) => {
    // A sign of the data or the model belongs to no attack.
    const of = attack === 'none' ? '' : `${plain(attack)}: `
    const figures = `${numberText(value)}, more than ${numberText(threshold)}`
    return hang(mark, `health: ${of}${plain(name)} ${figures} (${plain(meaning)})`, paint)
  })
}
