import { listKeys, revokeKey, type State } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { instantText } from '../figures.ts'
import { plain } from '../plain.ts'
import { withState } from '../with-state.ts'

/** `merlon key revoke KEY`: at once and for ever, and only with --yes. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const [which = ''] = invocation.operands
  const { options } = invocation
  if (options.flag('dryRun') || !options.flag('yes')) {
    const found = await withState(invocation, 'none', (state) => matching(state, which))
    if (options.flag('dryRun')) return dryRun(found)
    const message = `${describe(found)} would end at once and for ever; repeat with --yes`
    throw new CliError('NOT_CONFIRMED', message)
  }
  const row = await withState(invocation, 'if-free', (state) => revokeKey(state, which))
  const { id, name, prefix, revokedAt, recorded } = row
  return {
    data: { id, name, prefix, revokedAt, recorded },
    text: () => [`revoked ${plain(name)} (${id}) at ${instantText(revokedAt)}`],
  }
}

type Key = Awaited<ReturnType<typeof listKeys>>[number]

async function matching(state: State, which: string): Promise<readonly Key[]> {
  const keys = await listKeys(state)
  return keys.filter(
    ({ id, name, prefix, revokedAt }) =>
      revokedAt === null && [id, name, prefix].some((text) => text === which),
  )
}

function dryRun(found: readonly Key[]): Outcome {
  return {
    data: { wouldRevoke: found.map(({ id, name, prefix }) => ({ id, name, prefix })) },
    text: () => [`would be revoked: ${describe(found)}`],
  }
}

function describe(found: readonly Key[]): string {
  if (found.length === 0) return 'no live key of that id, name or prefix'
  return found.map(({ id, name }) => `${plain(name)} (${id})`).join(', ')
}
