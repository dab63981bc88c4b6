import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError, type Task } from '@merlon/core'
import { drawDigits, writeIdxFolder } from '@merlon/dataset'
import { buildLenet } from '@merlon/model'
import { beforeAll, describe, expect, test } from 'vitest'
import { assessInWorker } from './assess-in-worker.ts'
import type { AssessJob } from './assess-job.ts'
import { runJob } from './run-job.ts'

const folder = mkdtempSync(join(tmpdir(), 'merlon-job-'))
const modelPath = join(folder, 'untrained.onnx')
const job: AssessJob = {
  modelPath,
  data: { path: folder },
  attacks: ['fgsm'],
  norm: 'linf',
  epsilon: [0.1],
  samples: 40,
  seed: 1,
  failOn: 'medium',
}
const unwatched = (progress: Task['progress'] = () => undefined): Task => ({
  signal: new AbortController().signal,
  progress,
})

beforeAll(async () => {
  writeFileSync(modelPath, buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 }))
  await writeIdxFolder(folder, drawDigits({ count: 400, seed: 1 }), 'test')
})

describe('a job in a process', () => {
  test('reports its progress and gives its result with pictures and page', async () => {
    const seen: number[] = []
    const outcome = await runJob(
      'assess',
      job,
      unwatched((done, total) => seen.push(done / total)),
    )
    expect(outcome.report.estimates[0]).toMatchObject({ name: 'clean accuracy', n: 40 })
    expect(outcome.headline.map(({ name }) => name)).toEqual(['clean accuracy', 'robust accuracy'])
    expect(outcome.html).toContain('<!doctype html>')
    expect(seen.at(-1)).toBe(1)
    expect([...seen].sort((a, b) => a - b)).toEqual(seen)
  })

  test('fails with the code of what stopped it', async () => {
    const missing = assessInWorker({ ...job, modelPath: join(folder, 'none.onnx') }, unwatched())
    await expect(missing).rejects.toBeInstanceOf(CodedError)
    await expect(missing).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  })

  test('that is stopped hands over what it has, marked as interrupted', async () => {
    const stop = new AbortController()
    const progress = () => stop.abort(new Error('stopped'))
    const long = { ...job, attacks: ['pgd'], samples: 400 }
    const report = await assessInWorker(long, { signal: stop.signal, progress })
    expect(report).toMatchObject({ exitCode: 130, verdict: 'incomplete' })
    expect(report.skipped.length).toBeGreaterThan(0)
  })

  test('that was stopped before it began does not begin', async () => {
    const signal = AbortSignal.abort(new Error('too late'))
    expect(() => runJob('assess', job, { ...unwatched(), signal })).toThrow('too late')
  })
})

test('training gives a model and its accuracy, and a stop ends it', async () => {
  const tiny = { samples: 64, heldOut: 20, epochs: 1, batch: 32, learningRate: 0.01, seed: 3 }
  const first = await runJob('train-digits', tiny, unwatched())
  expect(first.right).toBeGreaterThanOrEqual(0)
  expect(first.right).toBeLessThanOrEqual(tiny.heldOut)
  expect(first.bytes.length).toBeGreaterThan(1000)
  const stop = new AbortController()
  const progress = () => stop.abort(new Error('stopped'))
  const stopped = runJob(
    'train-digits',
    { ...tiny, epochs: 500 },
    { signal: stop.signal, progress },
  )
  await expect(stopped).rejects.toThrow('stopped')
})
