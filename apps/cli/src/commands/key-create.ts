import { type Config, createKey } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { instantText } from '../figures.ts'
import { plain } from '../plain.ts'
import { withState } from '../with-state.ts'

/** `merlon key create NAME`: the key is printed here and never again. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options, world, ui } = invocation
  const [name = ''] = operands
  if (name.trim() === '' || name.length > nameCharsMax) {
    throw new CliError('USAGE', `the name of a key has 1 to ${nameCharsMax} characters`)
  }
  const expiresAt = readExpiry(options.text('expires'), world.clock())
  const request = {
    name,
    roles: options.list('role'),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  const created = await withState(invocation, 'if-free', (state, { config }) => {
    const useless = unusedRoles(config, request.roles)
    if (useless.length > 0) {
      const text = `no route in merlon.yaml takes the role ${useless.join(', ')}`
      ui.tell({ kind: 'warning', text })
    }
    return createKey(state, request)
  })
  ui.say('this is the only time that the key is shown; only its hash is kept')
  if (!created.recorded)
    ui.detail('the running server takes the key, and its audit record, within a second')
  const { id, key, prefix, roles, createdAt, recorded } = created
  return {
    data: { id, key, name, prefix, roles, createdAt, expiresAt: created.expiresAt, recorded },
    text: (paint) => [
      `key     ${paint.bold(key)}`,
      `id      ${id}`,
      `name    ${plain(name)}`,
      `roles   ${plain(roles.join(', '))}`,
      `expires ${created.expiresAt === null ? 'never' : instantText(created.expiresAt)}`,
    ],
  }
}

/** Roles that open nothing: mostly a slip of the pen. Without routes nobody can tell. */
function unusedRoles({ routes }: Config, roles: readonly string[]): readonly string[] {
  const taken = Object.values(routes).flatMap(({ auth }) => auth.roles)
  return taken.length === 0 ? [] : roles.filter((role) => !taken.includes(role))
}

const nameCharsMax = 80
const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** @throws CliError USAGE */
function readExpiry(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const span = /^(\d{1,6})([mhd])$/.exec(text)
  if (span !== null) return now + Number(span[1]) * units[span[2]!]!
  const date = /^\d{4}-\d\d-\d\d([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(date)) return date
  const typed = JSON.stringify(text.slice(0, 40))
  throw new CliError(
    'USAGE',
    `--expires ${typed} is no time: give 90m, 12h, 30d or a date such as 2027-01-31`,
  )
}
