import { placeText, type Report, type Severity } from '@merlon/core'
import {
  durationText,
  intervalText,
  labelTexts,
  nameText,
  numberText,
  valueText,
} from './figures.ts'
import { replayCommand } from './replay.ts'
import { summaryText, worstFirst } from './summary.ts'
import { visibleLine, visibleText } from './visible-text.ts'

const symbols: Readonly<Record<Severity, string>> = {
  critical: '◆',
  high: '▲',
  medium: '△',
  low: '▽',
  info: 'ⓘ',
}

const findingsShown = 20

/** The report as a summary for a pull request: verdict, findings, figures, what was not checked, how to replay. */
export function toMarkdown(report: Report): string {
  const command = replayCommand(report)
  const unhealthy = report.health.filter(({ isHealthy }) => !isHealthy)
  return [
    [`## ${plain(report.title)}`, '', `**${report.verdict}**: ${plain(summaryText(report))}`],
    findingLines(report),
    estimateLines(report),
    section(
      'Unhealthy measurements',
      unhealthy.map(
        ({ attack, name, value, threshold, meaning }) =>
          `- ${plain(attack)}, ${plain(name)}: ${numberText(value)} (threshold ${numberText(threshold)}). ${plain(meaning)}`,
      ),
    ),
    section(
      'Not checked',
      report.skipped.map(({ what, why }) => `- ${plain(what)}: ${plain(why)}`),
    ),
    [
      '### Replay',
      '',
      ...(command === undefined ? [] : [fenced(command), '']),
      ...report.inputs.map(({ path, sha256 }) => `- ${code(path)} sha256 ${code(sha256)}`),
      '',
      `merlon ${plain(report.tool.version)}, seed ${report.seed}, ${durationText(report.durationMs)}`,
    ],
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
    .concat('\n')
}

function findingLines({ findings }: Report): string[] {
  const lines = worstFirst(findings)
    .slice(0, findingsShown)
    .flatMap((finding) => [
      `- ${symbols[finding.severity]} **${finding.severity}**${effectText(finding)} ${plain(finding.title)} (${code(finding.rule)})`,
      `  - where: ${code(placeText(finding.place))}`,
      `  - evidence: ${code(finding.evidence)}`,
      `  - fix: ${plain(finding.fix)}`,
    ])
  const more = findings.length - findingsShown
  return section('Findings', more > 0 ? [...lines, `- and ${more} more in the full report`] : lines)
}

function effectText({ effect }: Report['findings'][number]): string {
  if (effect === undefined) return ''
  return effect === 'accepted' ? ' (accepted by the baseline)' : ' (fails the run)'
}

function estimateLines({ estimates }: Report): string[] {
  if (estimates.length === 0) return []
  const rows = estimates.map((estimate) => {
    const of = labelTexts(estimate).map(plain).join(', ')
    const cells = [plain(nameText(estimate.name)), of, valueText(estimate), intervalText(estimate)]
    return `| ${[...cells, estimate.n, estimate.queries].join(' | ')} |`
  })
  return section('Figures', [
    '| figure | of | value | 95 % interval | n | queries |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows,
  ])
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}`, '', ...lines]
}

/** Outside text as plain words: no markup, no links, and no mention of anyone who happens to be called @so. */
function plain(text: string): string {
  return visibleLine(text)
    .replace(/[\\`*_{}[\]()<>#|!~&:]|www\./g, (special) =>
      special === 'www.' ? 'www\\.' : `\\${special}`,
    )
    .replaceAll('@', '@<!-- -->')
}

/** Outside text as a code span, which keeps every character and makes nothing of any of them. */
function code(text: string): string {
  const line = visibleLine(text) || ' '
  const fence = '`'.repeat(longestRun(line) + 1)
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${fence}${space}${line}${space}${fence}`
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}sh\n${visibleText(text)}\n${fence}`
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
