import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildMlp, openModel, providerStates } from '@merlon/model'
import { type Settings, serverChecks } from '@merlon/server'
import { openStore } from '@merlon/store'

/** What a check came to. One that could not run is skipped, and says why. */
export interface Checked {
  readonly state: 'ok' | 'failed' | 'skipped'
  readonly text: string
}

/** One thing that Merlon needs, tried for real. */
export interface Check {
  readonly name: string
  readonly needsSettings: boolean
  /** An exception is a failure, and its message says why. */
  readonly run: (settings: Settings | undefined) => Promise<Checked>
}

const nodeMin = [20, 19] as const

/** In the order in which one depends on another. */
export const checks: readonly Check[] = [
  { name: 'node', needsSettings: false, run: checkNode },
  { name: 'engine', needsSettings: false, run: checkEngine },
  { name: 'providers', needsSettings: false, run: checkProviders },
  { name: 'configuration', needsSettings: true, run: checkConfiguration },
  { name: 'database', needsSettings: true, run: checkDatabase },
]

/** What a server needs to start here. */
export async function checksOfServer(settings: Settings): Promise<({ name: string } & Checked)[]> {
  const rows = await serverChecks({ settings })
  return rows.map(({ name, ok: isOk, text, fix }) => {
    if (isOk) return { name, ...ok(text) }
    // A clone builds its console when it is first served: nothing is wrong before.
    if (name === 'console' && isClone()) return { name, ...ok('the first merlon start builds it') }
    return { name, ...failed(fix === undefined ? text : `${text}; ${fix}`) }
  })
}

/** As in bin/merlon.mjs: the sources stand beside what is run. */
function isClone(): boolean {
  return existsSync(new URL('../src/index.ts', import.meta.url))
}

async function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isEnough = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])
  const text = `Node ${process.versions.node} on ${process.platform} ${process.arch}`
  return isEnough ? ok(text) : failed(`${text}; Merlon needs ${nodeMin.join('.')} or newer`)
}

/** Builds a tiny network, runs it and asks for its gradient: the whole engine in miniature. */
async function checkEngine() {
  const bytes = buildMlp({ inputShape: [4], classes: 3, hidden: [5], seed: 1 })
  const model = await openModel(bytes, { name: 'doctor' })
  try {
    const batch = { shape: [2, 4], data: new Float32Array(8).fill(0.5) }
    const labels = await model.labels(batch)
    const { gradient } = await model.lossGradient(batch, labels)
    return gradient.data.every(Number.isFinite) && gradient.data.some((value) => value !== 0)
      ? ok('onnxruntime runs a small network and its gradient')
      : failed('onnxruntime runs, but the gradient of a small network is wrong')
  } finally {
    await model.close()
  }
}

/** Where the runtime can compute here; only the CPU must be there. */
async function checkProviders() {
  const states = await providerStates()
  const there = states.filter(({ obstacle }) => obstacle === undefined)
  const absent = states.flatMap(({ provider, obstacle }) =>
    obstacle === undefined ? [] : [`${provider}: ${obstacle}`],
  )
  const names = there.map(({ provider }) => provider)
  const text = [names.join(', '), ...absent.map((each) => `no ${each}`)].join('; ')
  return names.includes('cpu') ? ok(text) : failed(text)
}

async function checkConfiguration(settings: Settings | undefined) {
  const path = settings?.configPath
  return ok(
    path === undefined ? 'no merlon.yaml here: merlon start runs the demo' : `${path} is valid`,
  )
}

/** The database of this configuration; before the first start, a file that is thrown away. */
async function checkDatabase(settings: Settings | undefined) {
  const database = settings?.database ?? ''
  if (/^postgres/.test(database)) {
    await (await openStore(database, { clock: Date.now })).close()
    return ok('PostgreSQL answers and its schema is up to date')
  }
  if (existsSync(database)) {
    await (await openStore(database, { clock: Date.now })).close()
    return ok(`${database} opens and its schema is up to date`)
  }
  return tryLibsql()
}

async function tryLibsql() {
  const folder = await mkdtemp(join(tmpdir(), 'merlon-doctor-'))
  try {
    const store = await openStore(join(folder, 'doctor.db'), { clock: Date.now })
    try {
      await store.meta.set('doctor', 'was here')
      const kept = await store.meta.get('doctor')
      return kept === 'was here' ? ok('libSQL writes and reads') : failed('libSQL forgot a value')
    } finally {
      await store.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function ok(text: string) {
  return { state: 'ok', text } as const
}

function failed(text: string) {
  return { state: 'failed', text } as const
}
