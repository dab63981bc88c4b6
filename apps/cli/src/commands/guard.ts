import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type Estimate, type Json, type Place, proportion, type Skipped } from '@merlon/core'
import { type Judgement, type Leak, leakFindings, textGuard } from '@merlon/text'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { findingLines, skippedLines } from '../findings-text.ts'
import { type GuardedLine, readGuardedLines } from '../guarded-lines.ts'
import type { Paint } from '../paint.ts'
import { plain } from '../plain.ts'
import { readTextFile } from '../read-text-file.ts'

const stdinBytesMax = 64 * 2 ** 20

/** `merlon guard [TEXT|-]` and `merlon guard --jsonl FILE [--evaluate]`. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options, world } = invocation
  const [typed] = operands
  const file = options.text('jsonl')
  if ((typed === undefined) === (file === undefined)) {
    throw new CliError('USAGE', 'give one text, or - for standard input, or --jsonl FILE')
  }
  if (file === undefined && options.flag('evaluate')) {
    throw new CliError('USAGE', '--evaluate counts labels: it needs --jsonl FILE')
  }
  if (typed !== undefined) return guardOne(invocation, typed)
  const content = (await readTextFile(world.cwd, file)) ?? ''
  const path = resolve(world.cwd, file ?? '')
  const lines = readGuardedLines(path, content)
  const answers = judgeAll(lines, invocation)
  return options.flag('evaluate') ? evaluation(answers) : answersOf(path, answers)
}

async function guardOne({ options, world }: Invocation, typed: string): Promise<Outcome> {
  const text = typed === '-' ? await world.readStdin(stdinBytesMax) : typed
  if (text === undefined) {
    throw new CliError('USAGE', `standard input is longer than ${stdinBytesMax} bytes`)
  }
  const { answer, judgement } = judge(textGuard(), text, 0)
  const path = typed === '-' ? 'standard input' : 'text'
  const findings = leakFindings(judgement.leaks, ({ span }) => placeIn(path, text, span.start))
  return {
    findings,
    skipped: judgement.skipped,
    // The envelope's verdict is that of the run; the guard's own word stands beside it.
    data: {
      ...withoutVerdict(answer),
      channel: options.text('channel') ?? 'user',
      decision: answer.verdict,
    },
    isVerdict: true,
    text: (paint) => [
      ...highlighted(text, judgement.leaks, paint),
      '',
      ...findingLines(findings, paint),
      ...skippedLines(judgement.skipped, paint),
      `${paint.bold(judgement.verdict)}  score ${judgement.score}, stage ${judgement.stage}, ${answer.latencyMs} ms`,
    ],
    next: judgement.leaks.slice(0, 1).map(({ rule }) => `merlon explain ${rule}`),
  }
}

function withoutVerdict({ verdict: _, ...rest }: Answered['answer']) {
  return rest
}

interface Answered {
  readonly given: GuardedLine
  readonly judgement: Judgement
  readonly answer: { readonly verdict: string; readonly [name: string]: Json }
}

function judgeAll(lines: readonly GuardedLine[], { task, ui }: Invocation): readonly Answered[] {
  const guard = textGuard()
  const progress = ui.bar('guard', 'texts')
  return lines.map((given, i) => {
    task.signal.throwIfAborted()
    if (i % 64 === 0) progress(i, lines.length)
    return { given, ...judge(guard, given.text, i) }
  })
}

/** The shape that other programs read; see the reference of the command line. */
function judge(guard: ReturnType<typeof textGuard>, text: string, index: number) {
  const startedAt = performance.now()
  const judgement = guard(text)
  const latencyMs = Number((performance.now() - startedAt).toFixed(3))
  const spans = judgement.leaks.map(({ span, rule, kind, view }) => ({ ...span, rule, kind, view }))
  const { verdict, score, stage } = judgement
  return { judgement, answer: { index, verdict, score, stage, spans, latencyMs } }
}

function answersOf(path: string, answers: readonly Answered[]): Outcome {
  return {
    findings: answers.flatMap(({ given, judgement }) =>
      leakFindings(judgement.leaks, () => ({ kind: 'line', path, line: given.line })),
    ),
    skipped: skippedOf(answers),
    data: { answers: answers.map(({ answer }) => answer) },
    text: () => answers.map(({ answer }) => JSON.stringify(answer)),
  }
}

/** Each thing that was not looked at, once. */
function skippedOf(answers: readonly Answered[]): Skipped[] {
  if (answers.length === 0) return [{ what: 'the texts', why: 'the file has none' }]
  const all = answers.flatMap(({ judgement }) => judgement.skipped)
  return [...new Map(all.map((one) => [one.what, one])).values()]
}

function evaluation(answers: readonly Answered[]): Outcome {
  const labelled = answers.filter(({ given }) => given.isHarmful !== undefined)
  const rate = (name: string, isHarmful: boolean): Estimate[] => {
    const chosen = labelled.filter(({ given }) => given.isHarmful === isHarmful)
    const flagged = chosen.filter(isFlagged).length
    return chosen.length === 0
      ? []
      : [proportion(flagged, chosen.length, { name, seed: 0, queries: 0 })]
  }
  const estimates = [...rate('true-positive-rate', true), ...rate('false-positive-rate', false)]
  const mistakes = labelled.filter((one) => isFlagged(one) !== one.given.isHarmful)
  const unlabelled = answers.length - labelled.length
  const skipped = [
    ...skippedOf(answers),
    ...(unlabelled === 0 ? [] : [{ what: `${unlabelled} texts`, why: 'they have no label' }]),
  ]
  return {
    estimates,
    skipped,
    data: { texts: answers.length, mistakes: mistakes.map(({ given }) => given.line) },
    isVerdict: true,
    text: (paint) => [
      ...estimates.map(({ name, value, n, interval: [low, high] }) => {
        const [figure, from, to] = [value, low, high].map((share) => (100 * share).toFixed(1))
        return `${name}  ${paint.bold(`${figure} %`)}  [${from}, ${to}]  n = ${n}`
      }),
      ...mistakes.slice(0, mistakesShown).map(({ given, answer }) => {
        const start = plain(given.text.slice(0, 80))
        return `line ${given.line}: ${given.isHarmful ? 'missed' : `wrongly ${answer.verdict}`}: ${start}`
      }),
      ...skippedLines(skipped, paint),
    ],
  }
}

const mistakesShown = 10

function isFlagged({ judgement }: Answered): boolean {
  return judgement.verdict !== 'pass'
}

function placeIn(path: string, text: string, at: number): Place {
  const before = text.slice(0, at)
  const start = before.lastIndexOf('\n') + 1
  return { kind: 'line', path, line: before.split('\n').length, column: at - start + 1 }
}

/** The text with its leaks marked; without colours, in brackets. */
function highlighted(text: string, leaks: readonly Leak[], paint: Paint): string[] {
  const mark = (line: string) => (paint.isColoured ? paint.bad(line) : `[[${line}]]`)
  let shown = ''
  let read = 0
  for (const { span } of leaks) {
    shown += `${lines(text.slice(read, span.start))}${mark(lines(text.slice(span.start, span.end)))}`
    read = span.end
  }
  return (shown + lines(text.slice(read))).split('\n')
}

function lines(text: string): string {
  return text.split('\n').map(plain).join('\n')
}
