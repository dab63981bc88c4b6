import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Clock, CodedError, type Estimate } from '@merlon/core'
import { Config } from '../config/config.ts'
import type { Settings } from '../config/settings.ts'
import { runJob } from '../jobs/run-job.ts'
import { type RunningServer, serveState } from '../server.ts'
import { type Tell, warn } from '../server-event.ts'
import { createKey, listKeys, revokeKey } from '../state/api-keys.ts'
import { openState, type State } from '../state/state.ts'
import { type DemoModel, digitRequest, digitTraining, makeDemoModel } from './demo-model.ts'

export interface DemoOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly tell: Tell
  readonly signal: AbortSignal
  /** The built console; the installed one unless given. */
  readonly consoleDir?: string
  readonly handleSignals?: boolean
}

/** The demo, serving. */
export interface RunningDemo extends RunningServer {
  /** Valid for a day; the next start makes another one and revokes this. */
  readonly apiKey: string
  readonly keyId: string
  /** Works when pasted in the folder that the demo was started in. */
  readonly curl: string
  /** The same, and prints the digit that the model sees. */
  readonly curlDigit: string
  readonly expectedDigit: number
  /** On held-out digits. */
  readonly accuracy: Estimate
  readonly assessment: {
    readonly id: string
    readonly verdict: string
    readonly headline: readonly string[]
  }
}

const keyName = 'demo'
const role = 'infer'
const dayMs = 24 * 60 * 60 * 1000
const expectedDigit = 7
const assessment = {
  attacks: ['fgsm', 'pgd'],
  norm: 'linf',
  epsilon: [0.05, 0.1, 0.2],
  samples: 200,
  seed: 1,
  failOn: 'medium',
} as const

/**
 * A model's whole life on drawn digits: trained, assessed, registered, served, on the record.
 * @throws as startServer; ServerError DEMO_INACCURATE; the signal's reason
 */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const { settings, clock, tell, signal } = options
  const state = await openState(settings, { clock, audit: 'write', onProblem: warn(tell) })
  try {
    const model = await makeDemoModel(state.paths.demo, { tell, signal })
    if (model.isNew) {
      const { samples, epochs, seed } = digitTraining
      const { value: accuracy, n, interval } = model.accuracy
      const about = { name: 'digits', samples, epochs, seed, accuracy, n, interval }
      await state.store.outbox.add({ kind: 'model', action: 'trained', ...about })
    }
    const assessed = await assessOnce(state, model, options)
    const key = await freshKey(state)
    const body = join(state.paths.demo, `digit-${expectedDigit}.json`)
    await mkdir(state.paths.demo, { recursive: true })
    await writeFile(body, digitRequest(expectedDigit))
    const config = demoConfig(settings.config, model)
    const server = await serveState(state, { ...options, settings: { ...settings, config } })
    const curl = curlLine(server.url, key.key, body)
    return {
      ...server,
      apiKey: key.key,
      keyId: key.id,
      curl,
      curlDigit: `${curl} | ${argmaxLine}`,
      expectedDigit,
      accuracy: model.accuracy,
      assessment: assessed,
    }
  } catch (cause) {
    await state.close()
    throw cause
  }
}

function demoConfig(config: Config, { modelPath, dataPath }: DemoModel): Config {
  return Config.parse({
    ...config,
    models: { digits: { path: modelPath, labels: [...'0123456789'] } },
    datasets: { digits: { path: dataPath } },
    routes: {
      '/v2/models/digits': {
        model: 'digits',
        auth: { roles: [role] },
        limits: { requestsPerSecond: 20, burst: 40, bodyBytesMax: 256 * 1024 },
      },
    },
  })
}

/** An assessment belongs to a model's bytes: the second start shows the first one's. */
async function assessOnce(
  state: State,
  model: DemoModel,
  { tell, signal }: DemoOptions,
): Promise<RunningDemo['assessment']> {
  const { assessments } = state.store
  const known = model.isNew ? [] : await assessments.list({ model: 'digits' })
  const last = known.find(({ status }) => status === 'finished')
  if (last !== undefined) {
    const { id, verdict, headline } = last
    return { id, verdict: verdict ?? last.status, headline: headline.map(figureText) }
  }
  const { modelPath, dataPath } = model
  const text = `attacking it with ${assessment.attacks.join(' and ')} on ${assessment.samples} digits`
  const id = await assessments.start({ model: 'digits', data: dataPath }, 'demo')
  try {
    const job = { ...assessment, modelPath, data: { path: dataPath } }
    const { report, json, html, headline } = await runJob('assess', job, {
      signal,
      progress: (done, total) => tell({ kind: 'progress', text, done, total }),
    })
    await assessments.finish(id, { report, json, html, headline })
    signal.throwIfAborted()
    return { id, verdict: report.verdict, headline: headline.map(figureText) }
  } catch (cause) {
    const code = cause instanceof CodedError ? cause.code : 'INTERRUPTED'
    const message = cause instanceof Error ? cause.message : String(cause)
    const row = await assessments.byId(id)
    if (row?.status === 'running') await assessments.fail(id, { code, message })
    throw cause
  }
}

/** A key can be shown only once: each start makes one and revokes the one before. */
async function freshKey(state: State) {
  for (const { id, name, revokedAt } of await listKeys(state)) {
    if (name === keyName && revokedAt === null) await revokeKey(state, id, 'demo')
  }
  return createKey(
    state,
    { name: keyName, roles: [role], expiresAt: state.clock() + dayMs },
    'demo',
  )
}

/** A figure as one line: name, labels, value and interval. */
function figureText({ name, attack, epsilon, value, interval, n }: Estimate): string {
  const of = attack === undefined ? '' : ` (${attack}, epsilon ${epsilon})`
  const [low, high] = interval.map(percent)
  return `${name}${of} ${percent(value)} [${low}, ${high}], n ${n}`
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}

function curlLine(url: string, key: string, body: string): string {
  const path = relative(process.cwd(), body)
  const file = path.startsWith('..') ? body : path
  const headers = `-H 'authorization: Bearer ${key}' -H 'content-type: application/json'`
  return `curl -s ${headers} --data @${shellWord(file)} ${url}/v2/models/digits/infer`
}

/** The largest of the ten scores. */
const argmaxLine = `node -pe 'const d=JSON.parse(require("fs").readFileSync(0)).outputs[0].data; d.indexOf(Math.max(...d))'`

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
