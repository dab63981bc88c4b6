import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { childFile } from './child-process.ts'
import type { Settings } from './config/settings.ts'
import { installedConsole } from './control/console-files.ts'
import { runningServer } from './state/running-server.ts'
import { statePaths } from './state/state-paths.ts'

/** One thing that was looked at. */
export interface ServerCheck {
  readonly name: string
  readonly ok: boolean
  readonly text: string
  readonly fix?: string
}

/** Whether a server would start here: state folder, port, console, model files. Changes nothing but makes the folder. */
export async function serverChecks({
  settings,
}: {
  readonly settings: Settings
}): Promise<readonly ServerCheck[]> {
  const running = await runningServer(statePaths(settings.stateDir))
  return [
    await stateCheck(settings.stateDir),
    running === undefined
      ? await portCheck(settings)
      : { name: 'port', ok: true, text: `process ${running.pid} serves ${running.url}` },
    consoleCheck(),
    workerCheck(),
    ...Object.entries(settings.config.models).map(([name, { path }]) => modelCheck(name, path)),
  ]
}

async function stateCheck(dir: string): Promise<ServerCheck> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await access(dir, constants.W_OK)
    return { name: 'state', ok: true, text: `${dir} can be written` }
  } catch {
    const fix = 'name another folder with --state or MERLON_STATE'
    return { name: 'state', ok: false, text: `${dir} cannot be written`, fix }
  }
}

function portCheck({ host, port }: Settings): Promise<ServerCheck> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (cause) => {
      const text = `${host}:${port} cannot be used: ${cause.message}`
      resolve({ name: 'port', ok: false, text, fix: 'name another with --port or MERLON_PORT' })
    })
    probe.listen(port, host, () => {
      probe.close(() => resolve({ name: 'port', ok: true, text: `${host}:${port} is free` }))
    })
  })
}

function consoleCheck(): ServerCheck {
  const folder = installedConsole()
  const ok = existsSync(`${folder}/index.html`)
  if (ok) return { name: 'console', ok, text: 'built' }
  const fix = 'merlon start builds it in a clone; npm run build does it by hand'
  return { name: 'console', ok, text: `not built in ${folder}`, fix }
}

function workerCheck(): ServerCheck {
  const entry = childFile('job-worker')
  const ok = existsSync(entry)
  if (ok) return { name: 'workers', ok, text: 'built' }
  return {
    name: 'workers',
    ok,
    text: `not built in ${dirname(entry)}`,
    fix: 'npm run build',
  }
}

function modelCheck(name: string, path: string): ServerCheck {
  const ok = existsSync(path)
  if (ok) return { name: `model ${name}`, ok, text: path }
  const fix = `correct models.${name}.path in merlon.yaml`
  return { name: `model ${name}`, ok, text: `${path} is not there`, fix }
}
