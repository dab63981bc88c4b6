import type { Report } from '@merlon/core'

/**
 * The command line that repeats the run. Options are flags by name; one in upper case, such as `MODEL`, is an
 * argument; `true` stands for a bare flag and `false` for none. The seed is always there. `undefined` where no
 * argument is on record, as for a run that no command line started: its options are words for people.
 */
export function replayCommand(report: Report): string | undefined {
  return replayParts(report)?.join(' ')
}

/** The same over several lines, one flag on each, where it would be long for one. */
export function replayLines(report: Report): string | undefined {
  const line = replayCommand(report)
  if (line === undefined || line.length <= 80) return line
  return replayParts(report)?.join(' \\\n  ')
}

const argumentName = /^[A-Z][A-Z_]*$/

function replayParts({ schema, options, seed }: Report): string[] | undefined {
  if (!Object.keys(options).some((name) => argumentName.test(name))) return undefined
  const words = ['merlon', quoted(schema.split('/')[1] ?? '')]
  const flags: string[] = []
  for (const [name, value] of Object.entries(options)) {
    if (argumentName.test(name)) words.push(quoted(value))
    else if (value === 'true') flags.push(flag(name))
    else if (value !== 'false') flags.push(`${flag(name)} ${quoted(value)}`)
  }
  const hasSeed = Object.keys(options).some((name) => flag(name) === '--seed')
  return [words.join(' '), ...flags, ...(hasSeed ? [] : [`--seed ${seed}`])]
}

function flag(name: string): string {
  return name.startsWith('-') ? quoted(name) : quoted(`--${name}`)
}

/** As a POSIX shell reads one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
