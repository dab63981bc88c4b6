import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reply } from '@merlon/api'
import { drawDigits, writeIdxFolder } from '@merlon/dataset'
import { buildLenet } from '@merlon/model'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { describeWith } from '../tools/requirements.ts'
import { type LoggedIn, logIn } from './support/log-in.ts'
import { spawnMerlon } from './support/merlon.ts'
import { type Running, startMerlon } from './support/running.ts'

type Summary = Reply<'GET /api/v1/assessments/:id'>
const patience = { timeout: 60_000, interval: 100 }

/** A project whose server leaves jobs to workers, which are given up after two seconds of silence. */
async function writeProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-workers-'))
  const model = buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 })
  writeFileSync(join(folder, 'digits.onnx'), model)
  await writeIdxFolder(join(folder, 'digits'), drawDigits({ count: 300, seed: 1 }), 'test')
  const lines = [
    'version: 1',
    'worker: { concurrency: 0, leaseSeconds: 2 }',
    'models:',
    '  digits: { path: digits.onnx }',
    'datasets:',
    '  digits: { path: digits }',
    'routes: {}',
  ]
  writeFileSync(join(folder, 'merlon.yaml'), `${lines.join('\n')}\n`)
  return folder
}

/** The laws of workers, on whichever database. */
function workerLaws(name: string, make: () => Promise<string | undefined>): void {
  describe(`workers on ${name}`, () => {
    let folder: string
    let where: readonly string[] = []
    let server: Running
    let session: LoggedIn
    const workers: ReturnType<typeof spawnMerlon>[] = []
    beforeAll(async () => {
      const database = await make()
      where = database === undefined ? [] : ['--database', database]
      folder = await writeProject()
      server = await startMerlon(folder, where)
      session = await logIn(server)
    })
    afterAll(async () => {
      for (const worker of workers) worker.kill('SIGKILL')
      await server?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const startWorker = () => {
      const worker = spawnMerlon(['worker', ...where], { cwd: folder })
      workers.push(worker)
      return worker
    }
    /** Without gradients many queries a sample: long enough to be met at work. */
    const queue = () =>
      session.post<Summary>('/api/v1/assessments', {
        model: 'digits',
        data: 'digits',
        attacks: ['square'],
        epsilon: [0.001],
        samples: 300,
        seed: 5,
      })
    const about = (id: string) => session.get<Summary>(`/api/v1/assessments/${id}`)
    const figures = ({ estimates, findingList }: Summary) => ({ estimates, findingList })

    test('one that is killed in an assessment is replaced, and no sample counts twice', async () => {
      const { id } = await queue()
      expect((await about(id)).job).toMatchObject({ state: 'queued', worker: null })
      const [first, second] = [startWorker(), startWorker()]
      const running = await vi.waitFor(async () => {
        const { job } = await about(id)
        expect(job?.state).toBe('running')
        expect(job?.progress.done).toBeGreaterThan(0)
        return job!
      }, patience)
      const pid = Number(running.worker?.split(':').at(-1))
      const victim = pid === first.pid ? first : second
      expect(victim.pid).toBe(pid)
      victim.kill('SIGKILL')
      const ended = await vi.waitFor(async () => {
        const summary = await about(id)
        expect(summary.status).toBe('finished')
        return summary
      }, patience)
      expect(ended.job).toMatchObject({ state: 'done', attempts: 2 })
      // The same assessment, not disturbed.
      if (victim === first) expect(second.exitCode).toBeNull()
      const twin = await queue()
      await vi.waitFor(async () => expect((await about(twin.id)).status).toBe('finished'), patience)
      const undisturbed = await about(twin.id)
      expect(undisturbed.job).toMatchObject({ attempts: 1 })
      expect(figures(ended)).toEqual(figures(undisturbed))
    })

    test('one that is asked to cancel keeps what is done', async () => {
      const { id } = await queue()
      await vi.waitFor(async () => {
        expect((await about(id)).job?.progress.done).toBeGreaterThan(0)
      }, patience)
      await session.post(`/api/v1/assessments/${id}/cancel`)
      const ended = await vi.waitFor(async () => {
        const summary = await about(id)
        expect(summary.status).toBe('interrupted')
        return summary
      }, patience)
      expect(ended).toMatchObject({ verdict: 'incomplete', job: { state: 'cancelled' } })
      expect(ended.skippedList.length).toBeGreaterThan(0)
    })

    test('what cannot be is refused before it is queued', async () => {
      const request = { model: 'digits', data: 'digits', attacks: ['pgd'], epsilon: [0.1] }
      for (const [change, text] of [
        [{ model: 'nobody' }, /names no model "nobody"/],
        [{ data: 'constructor' }, /names no data set "constructor"/],
        [{ attacks: ['pdg'] }, /no attack "pdg"/],
        [{ epsilon: [] }, /epsilon/],
      ] as const) {
        const refused = session.post('/api/v1/assessments', { ...request, ...change })
        await expect(refused).rejects.toThrow(text)
      }
    })
  })
}

workerLaws('libSQL', async () => undefined)
describeWith('postgres', 'on a server', (server) => {
  const schema = `merlon_test_${randomBytes(6).toString('hex')}`
  const execute = async (statement: string) => {
    const client = new pg.Client(server)
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  afterAll(() => execute(`drop schema ${schema} cascade`))
  workerLaws('PostgreSQL', async () => {
    await execute(`create schema ${schema}`)
    const url = new URL(server)
    url.searchParams.set('options', `-c search_path=${schema}`)
    return url.href
  })
})
