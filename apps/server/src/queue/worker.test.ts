import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '@merlon/core'
import { openStore, type Store } from '@merlon/store'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Config } from '../config/config.ts'
import { type JobContext, type JobHandler, JobStop } from './job-handler.ts'
import { type WorkerOptions, work } from './worker.ts'

let store: Store
beforeEach(async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'merlon-queue-')), 'merlon.db')
  store = await openStore(file, { clock: Date.now })
})
afterEach(() => store.close())

const settings = {
  config: Config.parse({ version: 1, routes: {} }),
  configPath: undefined,
  stateDir: tmpdir(),
}

/** A worker with one handler, until `stop` is called. */
function worker(handler: JobHandler, change: Partial<WorkerOptions> = {}) {
  const stop = new AbortController()
  const told: string[] = []
  const ended = work({
    store,
    settings,
    handlers: { count: handler },
    name: 'w',
    concurrency: 1,
    tell: (event) => told.push(event.text),
    signal: stop.signal,
    leaseMs: 200,
    pollMs: 5,
    ...change,
  })
  const close = async () => {
    stop.abort()
    await ended
  }
  return { close, told }
}

const add = () => store.jobs.add({ kind: 'count', input: { upTo: 3 } })
const stateOf = async (id: string) => (await store.jobs.byId(id))?.state

/** The same store, whose heartbeats are held up as by a process that hangs. */
function silentUntil(released: Promise<void>): Store {
  const { jobs } = store
  const held: Store['jobs']['held'] = (claim) => {
    const real = jobs.held(claim)
    const beat: typeof real.beat = async (said) => {
      await released
      return real.beat(said)
    }
    return { ...real, beat }
  }
  return Object.create(store, { jobs: { value: { ...jobs, held } } })
}

/** Waits until it is stopped, as a long run does. */
const untilStopped = ({ task }: JobContext): Promise<undefined> =>
  new Promise((_, reject) => {
    task.signal.addEventListener('abort', () => reject(task.signal.reason))
  })

describe('a worker', () => {
  test('does what is queued, and says how far it is', async () => {
    const seen: unknown[] = []
    const { close } = worker(async ({ input, task }) => {
      seen.push(input)
      task.progress(3, 3)
      return undefined
    })
    const { id } = await add()
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('done'))
    await close()
    expect(seen).toEqual([{ upTo: 3 }])
  })

  test('that settles its job itself is not said to have lost it', async () => {
    const { close, told } = worker(async ({ claim, keep, store: own }) => {
      keep(() => 'kept')
      await own.jobs.held(claim).finish()
      return 'settled'
    })
    const { id } = await add()
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('done'))
    await vi.waitFor(() => expect(told.join()).toContain('is done'))
    await close()
  })

  test('keeps a job longer than its lease, while it speaks up', async () => {
    let isDone = false
    const slow: JobHandler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600))
      isDone = true
      return undefined
    }
    const { id } = await add()
    const workers = [worker(slow), worker(slow)]
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('done'), { timeout: 3000 })
    expect(isDone).toBe(true)
    expect(await store.jobs.byId(id)).toMatchObject({ attempts: 1 })
    await Promise.all(workers.map(({ close }) => close()))
  })

  test('stops a job that was cancelled', async () => {
    const { close, told } = worker(untilStopped)
    const { id } = await add()
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('running'))
    await store.jobs.cancel(id)
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('cancelled'))
    await close()
    expect(told.join()).toContain('was cancelled')
  })

  test('gives its job back with what it kept when it shuts down, and the next goes on from there', async () => {
    const first = worker((context) => {
      context.keep(() => 'two of three')
      return untilStopped(context)
    })
    const { id } = await add()
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('running'))
    await first.close()
    expect(await stateOf(id)).toBe('queued')
    let checkpoint: string | null = null
    const second = worker(async ({ claim }) => {
      checkpoint = claim.checkpoint
      return undefined
    })
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('done'))
    await second.close()
    expect(checkpoint).toBe('two of three')
  })

  test('that hung is fenced off: it is stopped, and its end changes nothing', async () => {
    const reasons: unknown[] = []
    let release = () => {}
    const hung = new Promise<void>((resolve) => {
      release = resolve
    })
    const handler: JobHandler = async ({ task, claim }) => {
      task.signal.addEventListener('abort', () => reasons.push(task.signal.reason))
      if (claim.job.attempts === 1) await hung
      return undefined
    }
    const { id } = await add()
    const late = worker(handler, { name: 'late', store: silentUntil(hung) })
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('running'))
    const next = worker(handler, { name: 'next' })
    await vi.waitFor(async () => expect(await stateOf(id)).toBe('done'), { timeout: 3000 })
    release()
    await Promise.all([late.close(), next.close()])
    expect(await store.jobs.byId(id)).toMatchObject({ state: 'done' })
    expect(reasons.every((reason) => reason instanceof JobStop)).toBe(true)
  })

  test.each([
    ['a mistake of the request ends it for good', 'MODEL_NOT_FOUND', 'failed'],
    ['a failure of the world is tried again', 'WORKER_CRASHED', 'queued'],
  ])('%s', async (_, code, state) => {
    const { close, told } = worker(async () => {
      throw new CodedError(code, 'it does not work')
    })
    const { id } = await add()
    await vi.waitFor(async () =>
      expect(await store.jobs.byId(id)).toMatchObject({ state, problem: { code } }),
    )
    await close()
    expect(told.join()).toContain(code)
  })
})
