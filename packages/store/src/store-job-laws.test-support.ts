import { expect, test } from 'vitest'
import type { Claim } from './job-claim.ts'
import { drain, type World } from './store-world.test-support.ts'

const leaseMs = 1_000
const kinds = ['assess']

/** What holds for long work. */
export function jobLaws({ store, clock }: World): void {
  const jobs = () => store().jobs
  const take = async (worker = 'w1'): Promise<Claim> => {
    const claim = await jobs().claim({ worker, kinds, leaseMs })
    if (claim === undefined) throw new Error('there is a job to take')
    return claim
  }
  const add = (input = {}) => {
    // Ids of one millisecond have no order.
    clock.now += 1
    return jobs().add({ kind: 'assess', input })
  }

  test('a job goes to one worker, oldest first, and ends once', async () => {
    await drain(store())
    const [first, second] = [await add({ model: 'a' }), await add({ model: 'b' })]
    const claims = [await take('w1'), await take('w2')]
    expect(claims.map(({ job }) => job.id)).toEqual([first.id, second.id])
    expect(await jobs().claim({ worker: 'w3', kinds, leaseMs })).toBeUndefined()
    expect(claims[0]).toMatchObject({
      checkpoint: null,
      job: { input: { model: 'a' }, attempts: 1 },
    })
    for (const claim of claims) await jobs().held(claim).finish()
    await expect(jobs().held(claims[0]!).finish()).rejects.toMatchObject({ code: 'JOB_LEASE_LOST' })
    expect(await jobs().byId(first.id)).toMatchObject({ state: 'done', worker: null })
    const events = await drain(store())
    expect(events.map(({ action }) => action)).toEqual(['added', 'added', 'finished', 'finished'])
  })

  test('many workers at once share the jobs without a double', async () => {
    const added = await Promise.all(Array.from({ length: 12 }, () => add()))
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => jobs().claim({ worker: `w${i}`, kinds, leaseMs })),
    )
    // Under contention a worker may come away empty; nobody gets what another has.
    const taken = claims.flatMap((claim) => (claim === undefined ? [] : [claim.job.id]))
    expect(new Set(taken).size).toBe(taken.length)
    for (;;) {
      const claim = await jobs().claim({ worker: 'rest', kinds, leaseMs })
      if (claim === undefined) break
      taken.push(claim.job.id)
    }
    expect(taken.sort()).toEqual(added.map(({ id }) => id).sort())
    for (const { id } of added) {
      expect(await jobs().cancel(id)).toMatchObject({ isCancelRequested: true })
    }
    clock.now += 10 * leaseMs
    for (const _ of added)
      await jobs()
        .held(await take('sweeper'))
        .cancelled()
  })

  test('a lease that ran out passes the job and its checkpoint on, and fences the late worker off', async () => {
    const { id } = await add()
    const late = await take('late')
    await jobs()
      .held(late)
      .beat({ leaseMs, progress: { done: 1, total: 4 }, checkpoint: 'half' })
    clock.now += leaseMs
    expect(await jobs().claim({ worker: 'early', kinds, leaseMs })).toBeUndefined()
    clock.now += 1
    const next = await take('next')
    expect(next).toMatchObject({ checkpoint: 'half', job: { id, attempts: 2, worker: 'next' } })
    const lost = { code: 'JOB_LEASE_LOST' }
    const held = jobs().held(late)
    await expect(held.beat({ leaseMs, checkpoint: 'stale' })).rejects.toMatchObject(lost)
    await expect(held.finish()).rejects.toMatchObject(lost)
    await expect(held.cancelled()).rejects.toMatchObject(lost)
    await expect(held.release()).rejects.toMatchObject(lost)
    const problem = { code: 'X', message: 'x', isFinal: true }
    await expect(held.fail(problem)).rejects.toMatchObject(lost)
    await jobs().held(next).finish()
  })

  test('a heartbeat keeps the job, and the clean twin of the lost lease is silent', async () => {
    await add()
    const claim = await take()
    for (let i = 0; i < 5; i++) {
      clock.now += leaseMs
      await jobs().held(claim).beat({ leaseMs })
      expect(await jobs().claim({ worker: 'other', kinds, leaseMs })).toBeUndefined()
    }
    await jobs().held(claim).finish()
  })

  test('a failure is tried again later and later, then the job is dead until somebody retries it', async () => {
    const { id } = await add()
    const failure = { code: 'ENDPOINT_UNREACHABLE', message: 'no answer', isFinal: false }
    const waits: number[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      const state = await jobs()
        .held(await take())
        .fail(failure)
      expect(state).toBe(attempt < 3 ? 'queued' : 'dead')
      const { runAt } = (await jobs().byId(id))!
      if (attempt < 3) waits.push(runAt - clock.now)
      expect(await jobs().claim({ worker: 'eager', kinds, leaseMs })).toBeUndefined()
      clock.now = Math.max(clock.now, runAt)
    }
    expect(waits[1]).toBe(2 * waits[0]!)
    expect(await jobs().byId(id)).toMatchObject({ state: 'dead', problem: { code: failure.code } })
    expect(await jobs().retry(id)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(await jobs().retry(id)).toBeUndefined()
    await jobs()
      .held(await take())
      .finish()
  })

  test('a failure that trying again would not change is final', async () => {
    const { id } = await add()
    const problem = { code: 'MODEL_NOT_FOUND', message: 'no file', isFinal: true }
    expect(
      await jobs()
        .held(await take())
        .fail(problem),
    ).toBe('failed')
    expect(await jobs().byId(id)).toMatchObject({ state: 'failed', finishedAt: clock.now })
  })

  test('a job that loses every worker is buried, not tried for ever', async () => {
    const { id } = await add()
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect((await take()).job.attempts).toBe(attempt)
      clock.now += leaseMs + 1
    }
    expect(await jobs().claim({ worker: 'w', kinds, leaseMs })).toBeUndefined()
    expect(await jobs().byId(id)).toMatchObject({ state: 'dead', problem: { code: 'WORKER_LOST' } })
  })

  test('a waiting job is cancelled at once, a running one is asked, an ended one is left', async () => {
    const waiting = await add()
    expect(await jobs().cancel(waiting.id)).toMatchObject({ state: 'cancelled' })
    expect(await jobs().cancel(waiting.id)).toBeUndefined()
    await add()
    const claim = await take()
    const held = jobs().held(claim)
    expect(await held.beat({ leaseMs })).toEqual({ isCancelRequested: false })
    expect(await jobs().cancel(claim.job.id)).toMatchObject({ state: 'running' })
    expect(await held.beat({ leaseMs })).toEqual({ isCancelRequested: true })
    await held.cancelled()
    expect(await jobs().cancel('nothing')).toBeUndefined()
  })

  test('a worker that shuts down gives its job back at once, without losing an attempt', async () => {
    await add()
    const first = await take()
    await jobs().held(first).beat({ leaseMs, checkpoint: 'kept' })
    await jobs().held(first).release()
    const second = await take('w2')
    expect(second).toMatchObject({ checkpoint: 'kept', job: { attempts: 1 } })
    await jobs().held(second).finish()
  })

  test('a worker takes only what it can do, and nothing before its time', async () => {
    const later = await jobs().add({ kind: 'assess', input: {}, runAt: clock.now + 500 })
    const foreign = await jobs().add({ kind: 'scan', input: {} })
    expect(await jobs().claim({ worker: 'w', kinds, leaseMs })).toBeUndefined()
    expect(await jobs().claim({ worker: 'w', kinds: [], leaseMs })).toBeUndefined()
    clock.now += 500
    const claim = await take()
    expect(claim.job.id).toBe(later.id)
    await jobs().held(claim).finish()
    expect(await jobs().list({ kind: 'scan', state: 'queued' })).toMatchObject([{ id: foreign.id }])
  })

  test('the same idempotency key adds one job', async () => {
    const request = { kind: 'other', input: { n: 1 }, idempotencyKey: 'once' }
    const added = await Promise.all([jobs().add(request), jobs().add(request), jobs().add(request)])
    expect(new Set(added.map(({ id }) => id)).size).toBe(1)
  })

  test('an assessment shares the fate of its job, and is open again when that is retried', async () => {
    const { assessments } = store()
    const statusOf = async (id: string) => (await assessments.byId(id))?.status
    const begin = async () => {
      clock.now += 1
      const about = { model: 'm', data: 'd' }
      const { id, jobId } = await assessments.queue(about, { kind: 'assess', input: {} })
      return { job: { id: jobId! }, id }
    }
    const gone = await begin()
    await jobs().cancel(gone.job.id)
    expect(await statusOf(gone.id)).toBe('interrupted')
    const failing = await begin()
    const problem = { code: 'MODEL_NOT_FOUND', message: 'no file', isFinal: true }
    await jobs()
      .held(await take())
      .fail(problem)
    expect(await assessments.byId(failing.id)).toMatchObject({
      status: 'failed',
      problem: { code: 'MODEL_NOT_FOUND' },
    })
    await jobs().retry(failing.job.id)
    expect(await statusOf(failing.id)).toBe('running')
    for (let attempt = 0; attempt < 3; attempt++) {
      await take()
      clock.now += leaseMs + 1
    }
    expect(await jobs().claim({ worker: 'w', kinds, leaseMs })).toBeUndefined()
    expect(await statusOf(failing.id)).toBe('failed')
  })

  test('an assessment ends with its job or not at all', async () => {
    const { assessments } = store()
    const about = { model: 'digits', data: 'demo' }
    const { id, jobId } = await assessments.queue(about, { kind: 'assess', input: {} })
    const job = { id: jobId! }
    expect(await assessments.ofJob(job.id)).toMatchObject({ id })
    const late = await take('late')
    clock.now += leaseMs + 1
    const next = await take('next')
    const problem = { code: 'NONE', message: 'none' }
    expect(await assessments.interruptRunning()).toBe(0)
    const report = { findings: [], skipped: [], inputs: [], exitCode: 0, verdict: 'clean', seed: 0 }
    // Only these fields are read.
    const result = { report: report as never, json: '{}', html: '', headline: [] }
    await expect(assessments.finish(id, result, late)).rejects.toMatchObject({
      code: 'JOB_LEASE_LOST',
    })
    expect(await assessments.byId(id)).toMatchObject({ status: 'running', jobId: job.id })
    await assessments.finish(id, result, next)
    expect(await assessments.byId(id)).toMatchObject({ status: 'finished' })
    expect(await jobs().byId(job.id)).toMatchObject({ state: 'done' })
    await expect(assessments.fail(id, problem)).rejects.toMatchObject({
      code: 'ASSESSMENT_NOT_RUNNING',
    })
  })
}
