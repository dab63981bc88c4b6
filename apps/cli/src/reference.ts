import type { Command } from 'commander'
import type { CommandSpec, OptionSpec } from './command.ts'
import { commandTable } from './command-table.ts'
import { commonOptions } from './common-options.ts'
import { schemaOf } from './envelope.ts'
import { buildProgram } from './program.ts'

/** docs/reference/cli.md, made from the commands as they are. */
export async function cliReference(): Promise<string> {
  const program = await buildProgram('all')
  const sections = commandTable.map((spec) => section(spec, findCommand(program, spec.path)))
  return `${[intro, ...sections, optionTable('Common options', commonRows())].join('\n\n')}\n`
}

const intro = `# The command line

Made from the command table by \`npx tsx tools/docs-cli.ts\`; do not edit.

stdout is data, stderr is talk. With \`--json\` each command prints one object:
\`{schema, verdict, exitCode, findings[], estimates[], skipped[], seed, inputs[{path, sha256}]}\` and what
the command adds; an error is the same object with \`error: {code, message}\`.

| exit code | verdict | meaning |
| --- | --- | --- |
| 0 | \`clean\` | done, and nothing found at or above \`--fail-on\` |
| 1 | \`findings\` | something found at or above \`--fail-on\` |
| 2 | \`error\` | the command line, the configuration or the tool failed |
| 3 | \`incomplete\` | something was not checked |
| 130 | \`incomplete\` | interrupted; what was done until then is printed |

Precedence: 130, 2, 1, 3, 0.`

function section(spec: CommandSpec, command: Command): string {
  const operands = command.registeredArguments
  const usage = ['merlon', spec.path, ...spec.operands.map(({ name }) => name), '[options]'].join(
    ' ',
  )
  const examples = spec.examples.map(({ line, meaning }) => `# ${meaning}\n${line}`).join('\n')
  const shared = new Set(commonOptions.map(({ flags }) => flags))
  const rows = command.options
    .filter(({ flags }) => !shared.has(flags))
    .map(({ flags, description }): Row => {
      const one = spec.options.find((option) => option.flags === flags)
      return [flags, description, one === undefined ? '' : defaultOf(one)]
    })
  return [
    `## merlon ${spec.path}\n\n${spec.summary}.`,
    `\`\`\`sh\n${examples}\n\`\`\``,
    `Usage: \`${usage}\`. Schema of \`--json\`: \`${schemaOf(spec)}\`.`,
    ...(operands.length === 0 ? [] : [operands.map(operandLine).join('\n')]),
    ...(rows.length === 0 ? [] : [optionTable(undefined, rows)]),
  ].join('\n\n')
}

type Row = readonly [flags: string, summary: string, usual: string]

function operandLine(operand: Command['registeredArguments'][number]): string {
  const need = operand.required ? '' : ' (may be left out)'
  return `- \`${operand.name()}\`: ${operand.description}${need}`
}

function optionTable(title: string | undefined, rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const [flags, summary, usual] = row.map((text) => text.replaceAll('|', '\\|'))
    return `| \`${flags}\` | ${summary} | ${usual} |`
  })
  const head = title === undefined ? [] : [`## ${title}\n`]
  return [...head, '| option | meaning | default |', '| --- | --- | --- |', ...lines].join('\n')
}

function commonRows(): Row[] {
  return commonOptions.map((one) => [one.flags, one.summary, defaultOf(one)])
}

function defaultOf({ default: usual, isRequired }: OptionSpec): string {
  if (isRequired) return 'needed'
  return usual === undefined ? '' : `\`${usual}\``
}

function findCommand(program: Command, path: string): Command {
  return path.split(' ').reduce<Command>((command, word) => {
    return command.commands.find((one) => one.name() === word) ?? command
  }, program)
}
