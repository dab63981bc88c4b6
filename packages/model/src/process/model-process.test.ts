import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildMlp } from '../build-mlp.ts'
import { buildResnet20 } from '../build-resnet20.ts'
import { openModel } from '../onnx-model.ts'
import { floats, sketchedBytes } from '../test-graphs.test-support.ts'
import { openModelInProcess, type ProcessModel } from './model-process.ts'

const bytes = buildMlp({ inputShape: [4], classes: 3, hidden: [8], seed: 1 })
const batchOf = (rows: number) => ({
  shape: [rows, 4],
  data: Float32Array.from({ length: 4 * rows }, (_, i) => Math.sin(i)),
})
const labelsOf = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i % 3)

/** Long enough that what happens meanwhile can be seen: seconds of work. */
const heavy = buildResnet20({ inputShape: [3, 32, 32], classes: 10, seed: 1 })
const heavyBatch = { shape: [256, 3, 32, 32], data: new Float32Array(256 * 3072).fill(0.5) }

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a model in a process of its own', () => {
  let model: ProcessModel
  beforeAll(async () => {
    model = await openModelInProcess(bytes, { threads: 1, name: 'tiny' })
  })
  afterAll(() => model.close())

  test('answers as it does here, whatever the size of the batch', async () => {
    const here = await openModel(bytes, { threads: 1, name: 'tiny' })
    expect([model.name, model.sha256, model.signature, model.inputShape, model.classes]).toEqual([
      here.name,
      here.sha256,
      here.signature,
      here.inputShape,
      here.classes,
    ])
    for (const rows of [0, 1, 2500]) {
      const [batch, labels] = [batchOf(rows), labelsOf(rows)]
      expect(await model.scores(batch)).toEqual(await here.scores(batch))
      expect(await model.labels(batch)).toEqual(await here.labels(batch))
      const options = { loss: 'targeted-cross-entropy', targets: labels } as const
      expect(await model.lossGradient(batch, labels)).toEqual(
        await here.lossGradient(batch, labels),
      )
      expect(await model.lossGradient(batch, labels, options)).toEqual(
        await here.lossGradient(batch, labels, options),
      )
    }
    const input = { type: 'float32', ...batchOf(2) }
    expect(await model.run({ input })).toEqual(await here.run({ input }))
    await here.close()
  })

  test('leaves the batch that it was given alone', async () => {
    const whole = batchOf(6)
    const part = { shape: [2, 4], data: whole.data.subarray(8, 16) }
    const before = whole.data.slice()
    await model.lossGradient(part, labelsOf(2))
    expect(whole.data).toEqual(before)
  })

  test('refuses with the code of the engine, and goes on', async () => {
    await expect(model.scores({ shape: [1, 5], data: new Float32Array(5) })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    })
    await expect(model.run({})).rejects.toMatchObject({ code: 'INPUT_MISMATCH' })
    await expect(model.lossGradient(batchOf(1), Int32Array.of(3))).rejects.toMatchObject({
      code: 'LABEL_OUT_OF_RANGE',
    })
    expect((await model.scores(batchOf(1))).shape).toEqual([1, 3])
  })
})

test('the loop here stays free while it computes', async () => {
  const model = await openModelInProcess(heavy, { threads: 1 })
  let ticks = 0
  const ticking = setInterval(() => ticks++, 1)
  await model.lossGradient(heavyBatch, new Int32Array(256))
  clearInterval(ticking)
  expect(ticks).toBeGreaterThan(20)
  await model.close()
})

test('closing ends the process in the middle of a run, and what waits', async () => {
  const model = await openModelInProcess(heavy, { threads: 1 })
  const { pid } = model
  const waiting = model.lossGradient(heavyBatch, new Int32Array(256))
  const failed = expect(waiting).rejects.toMatchObject({ code: 'MODEL_CLOSED' })
  await model.close()
  await failed
  expect(isAlive(pid!)).toBe(false)
  await expect(model.scores(heavyBatch)).rejects.toMatchObject({ code: 'MODEL_CLOSED' })
  await model.close()
})

test('a signal ends it with its reason', async () => {
  const stop = new AbortController()
  const model = await openModelInProcess(heavy, { threads: 1, signal: stop.signal })
  const waiting = model.lossGradient(heavyBatch, new Int32Array(256))
  const reason = new Error('enough')
  stop.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(model.scores(heavyBatch)).rejects.toBe(reason)
  await model.close()
  expect(isAlive(model.pid!)).toBe(false)
  await expect(openModelInProcess(bytes, { signal: stop.signal })).rejects.toBe(reason)
})

test('a crash fails what waited and what comes after, with a code', async () => {
  const model = await openModelInProcess(bytes, { threads: 1 })
  const waiting = model.scores(batchOf(1))
  process.kill(model.pid!, 'SIGKILL')
  // An answer may have been on its way before the end.
  await waiting.catch((error: unknown) =>
    expect(error).toMatchObject({ code: 'MODEL_PROCESS_ENDED' }),
  )
  await expect.poll(() => isAlive(model.pid!)).toBe(false)
  await expect
    .poll(() => model.scores(batchOf(1)).catch(({ code }) => code))
    .toBe('MODEL_PROCESS_ENDED')
  await model.close()
})

test('what cannot be opened says so, and leaves no process', async () => {
  await expect(openModelInProcess('/nowhere.onnx')).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
  })
  const odd = sketchedBytes({
    inputs: [
      ['a', [-1, 2]],
      ['b', [-1, 2]],
    ],
    outputs: [['y', [-1, 2]]],
    nodes: [
      ['Add', ['a', 'b'], ['s']],
      ['Mul', ['s', 'two'], ['y']],
    ],
    constants: { two: floats([], 2) },
  })
  const model = await openModelInProcess(odd, { threads: 1 })
  expect(() => model.classes).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_SIGNATURE' }))
  const ones = { type: 'float32', shape: [1, 2], data: Float32Array.of(1, 1) }
  expect((await model.run({ a: ones, b: ones })).y?.data).toEqual(Float32Array.of(4, 4))
  await model.close()
})
