import { CodedError, type Json } from '@merlon/core'
import {
  freshLogin,
  type RunningDemo,
  type RunningServer,
  runDemo,
  type Settings,
  startServer,
} from '@merlon/server'
import type { Invocation, Outcome } from '../command.ts'
import { intervalText, valueText } from '../figures.ts'
import { Interrupted } from '../interrupted.ts'
import type { Paint } from '../paint.ts'
import { plain } from '../plain.ts'
import { settingsOf } from '../settings.ts'

/** `merlon start`: says where it listens and stays until it is stopped. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { task, ui, print } = invocation
  const settings = await settingsOf(invocation)
  const server = await serve(invocation, settings)
  print({
    data: dataOf(server, settings),
    estimates: server.accuracy === undefined ? [] : [server.accuracy],
    text: (paint) => linesOf(server, settings, paint),
  })
  ui.say('stop with Ctrl-C')
  const close = () => void server.close()
  task.signal.addEventListener('abort', close, { once: true })
  if (task.signal.aborted) close()
  await server.closed
  ui.say('stopped: every request was answered, every record is written')
  // A polite kill is how a service ends: that is no interruption.
  const { reason } = task.signal
  return {
    data: {},
    isInterrupted: reason instanceof Interrupted && reason.signalName === 'SIGINT',
  }
}

type Running = RunningServer & Partial<RunningDemo>

async function serve(invocation: Invocation, settings: Settings): Promise<Running> {
  const { world, ui, task } = invocation
  const options = {
    settings,
    clock: world.clock,
    tell: ui.tell,
    signal: task.signal,
    handleSignals: false,
  }
  try {
    if (settings.configPath !== undefined) return await startServer(options)
    ui.say('no merlon.yaml here: this is the demo, made from scratch on this machine')
    return await runDemo(options)
  } catch (error) {
    if (error instanceof CodedError && error.code === 'ALREADY_RUNNING') {
      const login = await freshLogin(settings, world.clock).catch(() => undefined)
      if (login !== undefined) ui.say(`a new login link for the running server: ${login.url}`)
    }
    throw error
  }
}

function dataOf(server: Running, settings: Settings): Record<string, Json> {
  const { url, port, loginUrl, apiKey, keyId, curl, curlDigit, expectedDigit } = server
  const demo = { apiKey, keyId, curl, curlDigit, expectedDigit }
  return {
    url,
    port,
    loginUrl,
    ...Object.fromEntries(Object.entries(demo).filter(([, value]) => value !== undefined)),
    witnesses: settings.witnesses,
    stateDir: settings.stateDir,
    auditDir: `${settings.stateDir}/audit`,
    pid: process.pid,
  }
}

function linesOf(server: Running, settings: Settings, paint: Paint): string[] {
  const { apiKey, curl, curlDigit, expectedDigit, assessment, accuracy } = server
  const line = (label: string, text: string) => `${paint.dim(label.padEnd(9))} ${plain(text)}`
  const demo = [
    ...(accuracy === undefined
      ? []
      : [
          line(
            'model',
            `${valueText(accuracy)} (${intervalText(accuracy)}) right on ${accuracy.n} digits it never saw`,
          ),
        ]),
    ...(assessment?.headline ?? []).map((text) => line('attacked', text)),
    ...(apiKey === undefined ? [] : [line('api key', `${apiKey}  (shown once)`)]),
    ...(curl === undefined ? [] : ['', paint.dim('ask the model:'), curl]),
    ...(curlDigit === undefined
      ? []
      : ['', paint.dim(`and which digit does it see? (${expectedDigit})`), curlDigit]),
  ]
  return [
    line('console', `${server.loginUrl}`),
    paint.dim('          (the link logs one browser in, once, within 15 minutes)'),
    line('gateway', `${server.url}/v2`),
    line('audit log', `${settings.stateDir}/audit`),
    ...demo,
  ]
}
