import type { Argument, Command, Help, Option } from 'commander'
import { commandTable, topExamples } from './command-table.ts'
import { commonOptions } from './common-options.ts'
import { wrap } from './wrap.ts'

type Row = readonly [term: string, summary: string]

/** Help that begins with two examples: what most people came for. */
export function formatHelp(command: Command, helper: Help): string {
  const path = pathOf(command)
  const width = helper.helpWidth ?? 100
  const options = helper.visibleOptions(command).map(optionRow)
  const shared = new Set(commonOptions.map(({ flags }) => flags))
  const own = options.filter(([term]) => !shared.has(term))
  const common = options.filter(([term]) => shared.has(term))
  const commands = helper
    .visibleCommands(command)
    .map((child): Row => [usageOf(child), child.description()])
  const operands = command.registeredArguments.map((one): Row => [termOf(one), one.description])
  const blocks = [
    examplesOf(path),
    [command.description()],
    [`Usage: merlon ${[...path, usageTail(command)].join(' ')}`.trimEnd()],
    section('Arguments', operands, width),
    section('Commands', commands, width),
    section('Options', own, width),
    section('Common options', common, width),
    path.length === 0 ? exitCodeLines : [],
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

const exitCodeLines = [
  'Exit codes: 0 clean, 1 findings, 2 error, 3 something was not checked, 130 interrupted.',
  'Each command has its own --help. The documentation of an error: merlon explain CODE',
]

/** The words after `merlon`. */
function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()]
}

function examplesOf(path: readonly string[]): string[] {
  const name = path.join(' ')
  const own = commandTable.find((spec) => spec.path === name)?.examples
  const verbs = commandTable.filter((spec) => spec.path.startsWith(`${name} `))
  const examples = own ?? (name === '' ? topExamples : verbs.map((spec) => spec.examples[0]))
  const longest = Math.max(...examples.map(({ line }) => line.length))
  // A long line has its meaning above it instead of beside it.
  return longest > 60
    ? examples.flatMap(({ line, meaning }) => [`# ${meaning}`, `$ ${line}`])
    : examples.map(({ line, meaning }) => `$ ${line.padEnd(longest)}  # ${meaning}`)
}

function usageOf(child: Command): string {
  return [child.name(), usageTail(child)].join(' ').trim()
}

function usageTail(command: Command): string {
  if (command.commands.length > 0) return 'COMMAND'
  const operands = command.registeredArguments.map(termOf)
  return [...operands, '[options]'].join(' ')
}

function termOf(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name()
  return argument.required ? name : `[${name}]`
}

function optionRow({ flags, description }: Option): Row {
  const spec = [...commandTable.flatMap((one) => one.options), ...commonOptions].find(
    (one) => one.flags === flags && one.summary === description,
  )
  const notes = [
    ...(spec?.isRequired ? ['needed'] : []),
    ...(spec?.default === undefined ? [] : [`default ${spec.default}`]),
  ]
  return [flags, notes.length === 0 ? description : `${description} [${notes.join(', ')}]`]
}

function section(title: string, rows: readonly Row[], width: number): string[] {
  if (rows.length === 0) return []
  const column = Math.min(32, Math.max(...rows.map(([term]) => term.length)))
  const indent = ' '.repeat(column + 4)
  return [
    `${title}:`,
    ...rows.flatMap(([term, summary]) => {
      const [first = '', ...rest] = wrap(summary, Math.max(30, width - column - 4))
      const head = `  ${term.padEnd(column)}  `
      const lines = term.length > column ? [`  ${term}`, indent + first] : [head + first]
      return [...lines, ...rest.map((line) => indent + line)].map((line) => line.trimEnd())
    }),
  ]
}
