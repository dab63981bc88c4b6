import type { State } from '@merlon/server'
import type { Invocation } from './command.ts'
import { settingsOf } from './settings.ts'

/** Opens the state folder for one piece of work, and closes it whatever happens. */
export async function withState<T>(
  invocation: Invocation,
  audit: 'if-free' | 'none',
  work: (state: State) => Promise<T>,
): Promise<T> {
  const { openState } = await import('@merlon/server')
  const settings = await settingsOf(invocation)
  const state = await openState(settings, { clock: invocation.world.clock, audit })
  try {
    return await work(state)
  } finally {
    await state.close()
  }
}
