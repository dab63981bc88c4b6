import type { Settings } from '@merlon/server'
import type { Invocation } from './command.ts'

/** The settings of this call: flag before environment before merlon.yaml before default. */
export async function settingsOf({ options, world }: Invocation): Promise<Settings> {
  const { resolveSettings } = await import('@merlon/server')
  const flags = {
    config: options.text('config'),
    state: options.text('state'),
    host: options.text('host'),
    port: options.text('port'),
    database: options.text('database'),
  }
  return resolveSettings({ cwd: world.cwd, flags, env: world.env })
}
