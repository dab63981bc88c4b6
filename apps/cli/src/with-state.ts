import { existsSync } from 'node:fs'
import type { Settings, State } from '@merlon/server'
import type { Invocation } from './command.ts'
import { settingsOf } from './settings.ts'

/** Opens the state folder for one piece of work, and closes it whatever happens. */
export async function withState<T>(
  invocation: Invocation,
  audit: 'if-free' | 'none',
  work: (state: State, settings: Settings) => Promise<T>,
): Promise<T> {
  const { openState } = await import('@merlon/server')
  const settings = await settingsOf(invocation)
  const state = await openState(settings, { clock: invocation.world.clock, audit })
  try {
    return await work(state, settings)
  } finally {
    await state.close()
  }
}

/** The same for work that only looks: where there is no state yet, none is made. */
export async function withStateIfAny<T>(
  invocation: Invocation,
  absent: T,
  work: (state: State) => Promise<T>,
): Promise<T> {
  const settings = await settingsOf(invocation)
  return hasState(settings) ? withState(invocation, 'none', work) : absent
}

/** False before the first start; a database elsewhere is asked itself. */
export function hasState({ database }: Settings): boolean {
  return /^postgres/.test(database) || existsSync(database)
}
