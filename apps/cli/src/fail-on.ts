import type { Gate } from '@merlon/assess'
import { type FailOn, type Severity, severities } from '@merlon/core'
import { CliError } from './cli-error.ts'
import type { Options } from './options.ts'

/**
 * The least severity that fails the run, of those that were written; `none` where only gates were. A severity is one word,
 * or of commands that have gates one item of a list.
 */
export function failOnOf(options: Options): FailOn {
  const value = options.all().failOn
  const items = typeof value === 'string' ? [value] : options.list('failOn')
  const written = items.filter(isSeverity)
  return severities.findLast((severity) => written.includes(severity)) ?? 'none'
}

/**
 * The gates among what was written.
 * @throws CliError USAGE for what is neither a severity nor a gate; AssessError GATE_INVALID
 */
export function gatesOf(
  options: Options,
  parseGate: (text: string) => Gate | undefined,
): readonly Gate[] {
  return options
    .list('failOn')
    .filter((text) => !isSeverity(text))
    .map((text) => {
      const gate = parseGate(text)
      if (gate !== undefined) return gate
      const typed = JSON.stringify(text.slice(0, 60))
      throw new CliError(
        'USAGE',
        `--fail-on ${typed} is not understood: it takes one of ${severities.join(', ')}, or a gate such as "robust-accuracy<0.4"`,
      )
    })
}

function isSeverity(text: string): text is Severity {
  return severities.some((severity) => severity === text)
}
