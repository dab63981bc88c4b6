import { findKey, listKeys, revokeKey } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { instantText } from '../figures.ts'
import { plain } from '../plain.ts'
import { withState, withStateIfAny } from '../with-state.ts'

/** `merlon key revoke KEY`: at once and for ever, and only with --yes. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const [which = ''] = invocation.operands
  const { options } = invocation
  if (options.flag('dryRun') || !options.flag('yes')) {
    const keys = await withStateIfAny(invocation, [], listKeys)
    const found = findKey(keys, which)
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

function dryRun(found: Key): Outcome {
  const { id, name, prefix, revokedAt } = found
  if (revokedAt !== null) {
    return { data: { wouldRevoke: [] }, text: () => [`${describe(found)} is revoked already`] }
  }
  return {
    data: { wouldRevoke: [{ id, name, prefix }] },
    text: () => [`would be revoked: ${describe(found)}`],
  }
}

function describe({ id, name }: Key): string {
  return `${plain(name)} (${id})`
}
