import { CliError } from './cli-error.ts'

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/**
 * A span such as `90s`, `10m` or `2h`, in milliseconds.
 * @throws CliError USAGE
 */
export function readSpan(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d{1,6})([smh])$/.exec(text)
  const ms = match === null ? 0 : Number(match[1]) * units[match[2]!]! // the groups take only known units
  if (ms > 0) return ms
  const typed = JSON.stringify(text.slice(0, 40))
  throw new CliError('USAGE', `${option} ${typed} is no time: give 90s, 10m or 2h`)
}
