import {
  assert,
  CodedError,
  type Conclusion,
  conclude,
  type ExitCode,
  type FailOn,
} from '@merlon/core'
import { CliError } from './cli-error.ts'
import type { CommandSpec, Outcome } from './command.ts'
import { envelopeOf, errorEnvelope } from './envelope.ts'
import { failOnOf } from './fail-on.ts'
import { skippedLines } from './findings-text.ts'
import { Interrupted } from './interrupted.ts'
import { type Paint, paintFor } from './paint.ts'
import { plain } from './plain.ts'
import { type Request, readCommandLine } from './program.ts'
import { openUi } from './ui.ts'
import { processWorld, type World } from './world.ts'

/**
 * Runs one command line: parses, calls, prints. Every exit code is made by core's `conclude`; no
 * error leaves this function.
 */
export async function main(
  words: readonly string[],
  world: World = processWorld(),
): Promise<ExitCode> {
  let request: Request | undefined
  try {
    request = await readCommandLine(words)
    if (request.kind === 'call') return await call(request, world)
    const sink = request.isAnswer ? world.stdout : world.stderr
    sink.write(request.text)
    return conclude({ ...nothing, failed: !request.isAnswer }).exitCode
  } catch (error) {
    return fail(error, words, request, world)
  }
}

const nothing = { findings: [], skipped: [], failOn: 'medium' } as const

async function call(
  { spec, operands, options }: Extract<Request, { kind: 'call' }>,
  world: World,
): Promise<ExitCode> {
  const isJson = options.flag('json')
  const paint = paintFor(world.stdout, world, colourFlag(options.all()))
  const ui = await openUi(world, paintFor(world.stderr, world, colourFlag(options.all())), {
    isQuiet: options.flag('quiet'),
    isVerbose: options.flag('verbose'),
  })
  const failOn = failOnOf(options)
  const interrupt = interruptible(world, () => ui.say('stopping; once more to stop at once'))
  let last: Conclusion | undefined
  const print = (outcome: Outcome) => {
    ui.close()
    last = concludeOutcome(outcome, failOn, interrupt.signal.aborted)
    const seed = outcome.seed ?? options.number('seed') ?? 0
    if (isJson) world.stdout.write(`${JSON.stringify(envelopeOf(spec, outcome, last, seed))}\n`)
    else printText(outcome, last, world, paint)
    if (!isJson) for (const line of outcome.next ?? []) ui.say(paint.dim(`next: ${line}`))
  }
  try {
    const { run } = await spec.load()
    const task = { signal: interrupt.signal, progress: ui.bar(spec.path, '') }
    checkOperands(spec, operands)
    const outcome = await run({ operands, options, world, ui, task, failOn, print })
    if (outcome.text !== undefined || last === undefined) print(outcome)
    else last = concludeOutcome(outcome, failOn, interrupt.signal.aborted)
    assert(last !== undefined, 'printing concludes')
    return last.exitCode
  } catch (error) {
    if (!isInterruption(error, interrupt.signal)) throw error
    // The command stopped because it was told to, and had nothing to show yet.
    const skipped = [{ what: spec.path, why: 'interrupted before there was a result' }]
    const text = (to: Paint) => skippedLines(skipped, to)
    print({ skipped, data: {}, isInterrupted: true, isVerdict: true, text })
    return concludeOutcome({ data: {}, skipped }, failOn, true).exitCode
  } finally {
    ui.close()
    interrupt.stop()
  }
}

/** A failure on the way out is still a failure. */
function isInterruption(error: unknown, { aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false
  const isAbort = error instanceof Error && error.name === 'AbortError'
  return error === reason || isAbort || error instanceof Interrupted
}

function concludeOutcome(outcome: Outcome, failOn: FailOn, isAborted: boolean): Conclusion {
  return conclude({
    findings: outcome.findings ?? [],
    skipped: outcome.skipped ?? [],
    failOn,
    interrupted: outcome.isInterrupted ?? isAborted,
  })
}

function printText(
  outcome: Outcome,
  conclusion: Conclusion,
  { stdout }: World,
  paint: Paint,
): void {
  const lines = [...(outcome.text?.(paint) ?? [])]
  if (outcome.isVerdict) lines.push(`verdict ${paint.verdict(conclusion)}`)
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
}

/** One sentence on stderr, or one object on stdout; the stack only with --verbose. */
function fail(
  error: unknown,
  words: readonly string[],
  request: Request | undefined,
  world: World,
): ExitCode {
  const known =
    error instanceof CodedError
      ? error
      : new CliError('INTERNAL', internalText(error), { cause: error })
  const conclusion = conclude({ ...nothing, failed: true })
  const typed = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined)
  if (typed.includes('--json')) {
    const spec = request?.kind === 'call' ? request.spec : undefined
    world.stdout.write(`${JSON.stringify(errorEnvelope(spec, known, conclusion))}\n`)
  }
  const flag = typed.includes('--no-color') ? false : typed.includes('--color') ? true : undefined
  const paint = paintFor(world.stderr, world, flag)
  world.stderr.write(`${paint.bad('error')} ${paint.bold(known.code)}: ${plain(known.message)}\n`)
  const isVerbose = typed.includes('--verbose') || typed.includes('-v')
  if (isVerbose) for (const text of stacksOf(error)) world.stderr.write(`${paint.dim(text)}\n`)
  return conclusion.exitCode
}

function internalText(error: unknown): string {
  const what = error instanceof Error ? error.message : String(error)
  return `${what.split('\n')[0]}; this is a fault of Merlon, --verbose shows where`
}

/** The stack of an error and of what caused it, a few levels down. */
function stacksOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return depth === 0 ? [String(error)] : []
  const stack = (error.stack ?? error.message).split('\n').map(plain).join('\n')
  return [depth === 0 ? stack : `caused by ${stack}`, ...stacksOf(error.cause, depth + 1)]
}

/** A signal that the first Ctrl-C aborts; after it, the second one ends the process at once. */
function interruptible(world: World, said: () => void) {
  const controller = new AbortController()
  const stop = world.onSignal((name) => {
    stop()
    said()
    controller.abort(new Interrupted(name))
  })
  return { signal: controller.signal, stop }
}

function checkOperands(spec: CommandSpec, operands: readonly (string | undefined)[]): void {
  spec.operands.forEach(({ name, choices }, i) => {
    const typed = operands[i]
    if (choices === undefined || typed === undefined || choices.includes(typed)) return
    const word = name.replace(/[<>[\]]/g, '')
    const message = `${word} ${JSON.stringify(typed.slice(0, 60))} is unknown: choose ${choices.join(', ')}`
    throw new CliError('USAGE', message)
  })
}

function colourFlag({ color }: Readonly<Record<string, unknown>>): boolean | undefined {
  return typeof color === 'boolean' ? color : undefined
}
