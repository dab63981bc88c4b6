import { type CodedError, type Conclusion, type Finding, placeText } from '@merlon/core'
import type { CommandSpec, Outcome } from './command.ts'

/** What `--json` prints for an outcome: the same members in the same order for every command. */
export function envelopeOf(
  spec: CommandSpec,
  { findings = [], estimates = [], skipped = [], inputs = [], data }: Outcome,
  { verdict, exitCode }: Conclusion,
  seed: number,
): object {
  const common = { findings: findings.map(findingJson), estimates, skipped, seed, inputs }
  return { schema: schemaOf(spec), verdict, exitCode, ...common, ...data }
}

/** `place` is one line for people, `location` the same for programs. */
function findingJson(finding: Finding) {
  return { ...finding, place: placeText(finding.place), location: finding.place }
}

/** The same shape for an error; `error` says what it was. */
export function errorEnvelope(
  spec: CommandSpec | undefined,
  { code, message }: CodedError,
  { verdict, exitCode }: Conclusion,
): object {
  const common = { findings: [], estimates: [], skipped: [], seed: 0, inputs: [] }
  return { schema: schemaOf(spec), verdict, exitCode, ...common, error: { code, message } }
}

/** `merlon/key-create/v1`; a line that names no command has the name `usage`. */
export function schemaOf(spec: CommandSpec | undefined): string {
  return `merlon/${spec?.path.replaceAll(' ', '-') ?? 'usage'}/v1`
}
