import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildMlp } from '@merlon/model'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { limits } from '../limits.ts'
import { type Feeds, ModelRefusal, ModelWorker } from './model-worker.ts'

const folder = mkdtempSync(join(tmpdir(), 'merlon-worker-'))
const path = join(folder, 'tiny.onnx')
const data = { path, name: 'tiny', sha256: undefined }
const { signal } = new AbortController()
const clock = Date.now
const feeds = (numbers = 4): Feeds => ({
  input: { type: 'float32', shape: [1, numbers], data: new Float32Array(numbers).fill(1) },
})

let worker: ModelWorker
beforeAll(async () => {
  writeFileSync(path, buildMlp({ inputShape: [4], classes: 3, hidden: [8], seed: 1 }))
  worker = await ModelWorker.open(data, { clock })
})
afterAll(() => worker.close())

describe('a model in a process', () => {
  test('says what it takes and answers questions in their order', async () => {
    expect(worker.opened.signature.inputs[0]).toMatchObject({ name: 'input', type: 'float32' })
    const answers = await Promise.all([1, 2, 3].map(() => worker.run(feeds(), signal)))
    for (const { logits } of answers) expect(logits?.shape).toEqual([1, 3])
  })

  test('refuses what the model does not take, and goes on', async () => {
    await expect(worker.run(feeds(5), signal)).rejects.toBeInstanceOf(ModelRefusal)
    await expect(worker.run(feeds(), signal)).resolves.toBeDefined()
  })

  test('that crashes fails what it held, and is replaced', async () => {
    const before = worker.pid
    // Stopped, so that the question cannot be answered before the end.
    process.kill(before!, 'SIGSTOP')
    const held = worker.run(feeds(), signal)
    process.kill(before!, 'SIGKILL')
    await expect(held).rejects.toMatchObject({ code: 'WORKER_CRASHED' })
    expect(worker.isReady).toBe(false)
    await expect(worker.run(feeds(), signal)).rejects.toMatchObject({ code: 'BACKEND_CLOSED' })
    await vi.waitFor(() => expect(worker.isReady).toBe(true), 10_000)
    expect(worker.pid).not.toBe(before)
    expect((await worker.run(feeds(), signal)).logits?.shape).toEqual([1, 3])
  })

  test('that does not come back in time is replaced', async () => {
    const hasty = await ModelWorker.open(data, { clock, deadlineMs: 1 })
    const long = { type: 'float32', shape: [500_000, 4], data: new Float32Array(2_000_000) }
    await expect(hasty.run({ input: long }, signal)).rejects.toMatchObject({
      code: 'BACKEND_TIMEOUT',
    })
    expect(hasty.isReady).toBe(false)
    await vi.waitFor(() => expect(hasty.isReady).toBe(true), 10_000)
    await hasty.close()
  })

  test('is not replaced by another model that took its file', async () => {
    const file = join(folder, 'replaced.onnx')
    copyFileSync(path, file)
    const swapped = await ModelWorker.open({ ...data, path: file }, { clock })
    writeFileSync(file, buildMlp({ inputShape: [4], classes: 3, hidden: [8], seed: 2 }))
    process.kill(swapped.pid!, 'SIGSTOP')
    const held = swapped.run(feeds(), signal)
    process.kill(swapped.pid!, 'SIGKILL')
    await expect(held).rejects.toMatchObject({ code: 'WORKER_CRASHED' })
    // The next process opens the file, sees another model and is given up.
    await vi.waitFor(() => expect(swapped.problem).toMatch(/has changed/), 10_000)
    expect(swapped.isReady).toBe(false)
    expect(swapped.pid).toBeUndefined()
    await swapped.close()
  })

  test('takes no more questions than its queue holds', async () => {
    const questions = Array.from({ length: limits.inferenceQueueMax + 1 }, () =>
      worker
        .run(feeds(), new AbortController().signal)
        .catch((cause: { code: string }) => cause.code),
    )
    const answers = await Promise.all(questions)
    expect(answers.filter((answer) => answer === 'BACKEND_BUSY')).toHaveLength(1)
  })

  test('drops a question whose asker has gone', async () => {
    const gone = new AbortController()
    const question = worker.run(feeds(), gone.signal)
    gone.abort(new Error('gone'))
    await expect(question).rejects.toThrow('gone')
    await expect(worker.run(feeds(), signal)).resolves.toBeDefined()
  })

  test('fails what waits when it is closed', async () => {
    const other = await ModelWorker.open(data, { clock })
    const waiting = other.run(feeds(), signal)
    const closed = expect(waiting).rejects.toMatchObject({ code: 'BACKEND_CLOSED' })
    await other.close()
    await closed
  })

  test('cannot be opened from a file that is no model, or not the registered one', async () => {
    const text = join(folder, 'text.onnx')
    writeFileSync(text, 'hello')
    const broken = ModelWorker.open({ ...data, path: text }, { clock })
    await expect(broken).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' })
    const changed = ModelWorker.open({ ...data, sha256: '0'.repeat(64) }, { clock })
    await expect(changed).rejects.toMatchObject({ code: 'STATE_UNUSABLE' })
  })
})
