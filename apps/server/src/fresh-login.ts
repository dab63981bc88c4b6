import type { Clock } from '@merlon/core'
import type { Settings } from './config/settings.ts'
import { createLoginToken, loginUrl } from './control/sessions.ts'
import { ServerError } from './server-error.ts'
import { runningServer } from './state/running-server.ts'
import { openState } from './state/state.ts'
import { statePaths } from './state/state-paths.ts'

/**
 * A new login link for the server that runs on this state.
 * @throws ServerError NOT_RUNNING
 */
export async function freshLogin(
  settings: Settings,
  clock: Clock,
): Promise<{ readonly url: string; readonly expiresAt: number }> {
  const running = await runningServer(statePaths(settings.stateDir))
  if (running === undefined) {
    throw new ServerError(
      'NOT_RUNNING',
      `no server runs on ${settings.stateDir}; "merlon start" does`,
    )
  }
  const state = await openState(settings, { clock, audit: 'none' })
  try {
    const { token, expiresAt } = await createLoginToken(state.store, clock)
    return { url: loginUrl(settings.url ?? running.url, token), expiresAt }
  } finally {
    await state.close()
  }
}
