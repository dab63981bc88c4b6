import type { Report } from '@merlon/core'
import type { Epoch } from '@merlon/training'
import { durationText, intervalText, numberText, valueText } from './figures.ts'
import { findingLines, skippedLines } from './findings-text.ts'
import type { Paint } from './paint.ts'
import { plain } from './plain.ts'
import { table } from './table.ts'

/** One epoch as it ends. */
export function epochLine({ epoch, loss, heldOut, isBest }: Epoch, epochs: number): string {
  const share =
    heldOut === undefined
      ? 'nothing held out'
      : `${((100 * heldOut.right) / heldOut.n).toFixed(1)} % right of ${heldOut.n} held out`
  const kept = isBest && heldOut !== undefined ? ', the best so far' : ''
  return `epoch ${epoch} of ${epochs}: loss ${numberText(loss)}, ${share}${kept}`
}

/** A training on a terminal: its figures, what they say, and what was not measured. */
export function trainedLines(report: Report, files: readonly string[], paint: Paint): string[] {
  const { estimates, findings, skipped, durationMs, seed } = report
  const rows = estimates.map((estimate) => [
    estimate.name,
    estimate.source ?? '-',
    valueText(estimate),
    intervalText(estimate),
    String(estimate.n),
  ])
  const columns = [
    { heading: 'figure' },
    { heading: 'of', isFlexible: true },
    { heading: 'value', align: 'right', paint: paint.bold },
    { heading: '95 % interval', align: 'right' },
    { heading: 'n', align: 'right' },
  ] as const
  return [
    paint.bold(plain(report.title)),
    '',
    ...(rows.length === 0 ? [paint.warn('nothing was measured')] : table(columns, rows, paint)),
    '',
    ...findingLines(findings, paint),
    ...skippedLines(skipped, paint),
    `${durationText(durationMs)}, seed ${seed}`,
    ...files.map((file) => `wrote ${plain(file)}`),
  ]
}
