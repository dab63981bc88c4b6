import { assert, version } from '@merlon/core'
import { Command, CommanderError, Option } from 'commander'
import { CliError } from './cli-error.ts'
import type { CommandSpec, OptionSpec } from './command.ts'
import { commandTable, groups } from './command-table.ts'
import { commonOptions } from './common-options.ts'
import { formatHelp } from './help.ts'
import { type Options, optionsOf, readOption } from './options.ts'

/** What was asked for, before anything is run. */
export type Request =
  | { readonly kind: 'text'; readonly text: string; readonly isAnswer: boolean }
  | {
      readonly kind: 'call'
      readonly spec: CommandSpec
      readonly operands: readonly (string | undefined)[]
      readonly options: Options
    }

/**
 * Reads a command line without running anything.
 * @throws CliError USAGE
 */
export async function readCommandLine(words: readonly string[]): Promise<Request> {
  let text = ''
  let call: Request | undefined
  const program = await buildProgram(words, (spec, operands, values) => {
    call = { kind: 'call', spec, operands, options: finishOptions(spec, values) }
  })
  configure(program, (written) => {
    text += written
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const isAsked = ['commander.helpDisplayed', 'commander.version'].includes(error.code)
    // A group without its verb, or nothing at all: the help is the best answer.
    if (isAsked || error.code === 'commander.help') {
      return { kind: 'text', text, isAnswer: isAsked || words.length === 0 }
    }
    throw new CliError('USAGE', sentenceOf(error.message, words), { cause: error })
  }
  assert(call !== undefined, 'a command line is a call, a text or an error')
  return call
}

type Called = (
  spec: CommandSpec & { readonly allOptions: readonly OptionSpec[] },
  operands: readonly (string | undefined)[],
  values: Readonly<Record<string, unknown>>,
) => void

/** The whole tree, from the table. With `all` the options that depend on operands are all there. */
export async function buildProgram(
  words: readonly string[] | 'all',
  called: Called = () => undefined,
): Promise<Command> {
  const program = new Command('merlon')
    .description('Secure AI models through their whole life.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureHelp({ formatHelp })
  const parents = new Map<string, Command>()
  // Groups stand where the first of their verbs does: the table's order is the order of the help.
  const groupOf = (name: string) => {
    const known = parents.get(name)
    if (known !== undefined) return known
    const group = program
      .command(name)
      .description(groups[name] ?? '')
      .helpCommand(false)
    parents.set(name, group.configureHelp({ formatHelp }))
    return group
  }
  for (const spec of commandTable) {
    const isNamed = words === 'all' || spec.path.split(' ').every((word, i) => words[i] === word)
    const more = isNamed ? await spec.moreOptions?.(words) : undefined
    const own = [...spec.options, ...(more ?? [])]
    // A command may read a common option in its own way.
    const taken = new Set(own.map(({ flags }) => nameOf(flags)))
    const allOptions = [...own, ...commonOptions.filter(({ flags }) => !taken.has(nameOf(flags)))]
    const [first = '', second] = spec.path.split(' ')
    const parent = second === undefined ? program : groupOf(first)
    const command = parent.command(second ?? first).description(spec.summary)
    command.configureHelp({ formatHelp })
    for (const operand of spec.operands) command.argument(operand.name, operand.summary)
    for (const option of allOptions) command.addOption(optionOf(option))
    command.action(() => {
      called({ ...spec, allOptions }, command.processedArgs.flat(), command.opts())
    })
  }
  return program
}

/** `--fail-on` of `--fail-on <LIST>`. */
function nameOf(flags: string): string | undefined {
  return /--[\w-]+/.exec(flags)?.[0]
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary)
  if (spec.kind === 'flag') return option
  return option.argParser((text, previous) => readOption(spec, text, previous))
}

function finishOptions(
  { path, allOptions }: { readonly path: string; readonly allOptions: readonly OptionSpec[] },
  typed: Readonly<Record<string, unknown>>,
): Options {
  const values: Record<string, unknown> = { ...typed }
  for (const spec of allOptions) {
    const name = new Option(spec.flags).attributeName()
    if (values[name] !== undefined) continue
    if (spec.default !== undefined) values[name] = readOption(spec, spec.default, undefined)
    else if (spec.isRequired) {
      throw new CliError('USAGE', `merlon ${path} needs ${spec.flags}: ${spec.summary}`)
    }
  }
  return optionsOf(values)
}

/** Every command of the tree ends in an exception instead of an exit, and writes to us. */
function configure(command: Command, write: (text: string) => void): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined })
  for (const child of command.commands) configure(child, write)
}

/** commander's two lines as one sentence of ours. */
function sentenceOf(message: string, words: readonly string[]): string {
  const sentence = message
    .replace(/^error: /, '')
    .replace(/\n\((Did you mean) (.*)\)$/s, (_, _did, what) => `, did you mean ${what}`)
    .replace(/^unknown command '(.*?)'/, 'there is no command $1')
    .replace(/^unknown option '(.*?)'/, 'there is no option $1')
    .replace(
      /^too many arguments for '(.*?)'\. Expected (\d+) arguments? but got (\d+)\.$/,
      'too many arguments for $1: it takes $2, not $3',
    )
    .replace(/^missing required argument '(.*?)'/, 'the argument $1 is missing')
  const spec = commandTable.find(({ path }) =>
    path.split(' ').every((word, i) => words[i] === word),
  )
  const help = ['merlon', ...helpWords(spec, words), '--help'].join(' ')
  return `${sentence.slice(0, 400)}${sentence.endsWith('?') ? '' : ';'} see "${help}"`
}

/** The command, and the operand that decides about its options where one was typed. */
function helpWords(spec: CommandSpec | undefined, words: readonly string[]): string[] {
  if (spec === undefined) return []
  const next = words[spec.path.split(' ').length]
  const decides = spec.moreOptions !== undefined && next !== undefined && /^[a-z]+$/.test(next)
  return decides ? [spec.path, next] : [spec.path]
}
