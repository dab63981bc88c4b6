import { gaussian, seededRandom } from '@merlon/core'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { clippedGradientSum, openClippedGradient } from './clipped-gradient.ts'
import { floatsOf } from './constant.ts'
import { graphOf } from './graph-file.ts'
import { readModel } from './model-file.ts'
import { openModel } from './onnx-model.ts'
import type { OptimizerOptions } from './optimizer.ts'
import { parameterGradients } from './parameter-gradients.ts'
import { openTrainer } from './trainer.ts'

const linear = buildMlp({ inputShape: [2], classes: 2, hidden: [], seed: 3 })
const batch: Tensor = { shape: [3, 2], data: new Float32Array([1, 2, -1, 0.5, 0.25, -2]) }
const labels = new Int32Array([0, 1, 1])

function weights(bytes: Uint8Array): { w: Float32Array; b: Float32Array } {
  const { constants } = graphOf(readModel(bytes))
  return { w: floatsOf(constants.get('fc1.weight')!), b: floatsOf(constants.get('fc1.bias')!) }
}

/** Mean cross-entropy and its gradient of y = x W^T + b, by hand in double precision. */
function byHand(w: ArrayLike<number>, b: ArrayLike<number>) {
  const dw = [0, 0, 0, 0]
  const db = [0, 0]
  let loss = 0
  for (let i = 0; i < 3; i++) {
    const x = [batch.data[2 * i]!, batch.data[2 * i + 1]!]
    const z = [0, 1].map((k) => w[2 * k]! * x[0]! + w[2 * k + 1]! * x[1]! + b[k]!)
    const total = Math.exp(z[0]!) + Math.exp(z[1]!)
    loss += (Math.log(total) - z[labels[i]!]!) / 3
    for (let k = 0; k < 2; k++) {
      const d = (Math.exp(z[k]!) / total - Number(labels[i] === k)) / 3
      db[k]! += d
      dw[2 * k]! += d * x[0]!
      dw[2 * k + 1]! += d * x[1]!
    }
  }
  return { dw, db, loss }
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length)
  Array.from(found).forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i]!, 5)
  })
}

describe('a train step', () => {
  test('of plain gradient descent is the update done by hand', async () => {
    const { w, b } = weights(linear)
    const { dw, db, loss } = byHand(w, b)
    const trainer = await openTrainer(linear, { optimizer: { kind: 'sgd', learningRate: 0.5 } })
    const result = await trainer.step(batch, labels)
    const after = weights(trainer.export())
    expect(result.loss).toBeCloseTo(loss, 5)
    expectClose(
      after.w,
      dw.map((d, i) => w[i]! - 0.5 * d),
    )
    expectClose(
      after.b,
      db.map((d, i) => b[i]! - 0.5 * d),
    )
    await trainer.close()
  })

  test('with momentum and weight decay is the update done by hand, twice', async () => {
    let { w, b } = weights(linear)
    const [rate, momentum, decay] = [0.1, 0.9, 0.01]
    const trainer = await openTrainer(linear, {
      optimizer: { kind: 'sgd', learningRate: rate, momentum, weightDecay: decay },
    })
    const velocity = new Float64Array(6)
    for (let step = 0; step < 2; step++) {
      await trainer.step(batch, labels)
      const { dw, db } = byHand(w, b)
      const all = [...w, ...b]
      const next = [...dw, ...db].map((d, i) => {
        velocity[i] = momentum * velocity[i]! + d + decay * all[i]!
        return all[i]! - rate * velocity[i]!
      })
      w = Float32Array.from(next.slice(0, 4))
      b = Float32Array.from(next.slice(4))
    }
    const after = weights(trainer.export())
    expectClose(after.w, w)
    expectClose(after.b, b)
    await trainer.close()
  })

  test('of adam moves each parameter by the learning rate at first', async () => {
    const before = weights(linear)
    const { dw } = byHand(before.w, before.b)
    const trainer = await openTrainer(linear, { optimizer: { kind: 'adam', learningRate: 0.01 } })
    await trainer.step(batch, labels)
    const after = weights(trainer.export())
    expectClose(
      after.w,
      dw.map((d, i) => before.w[i]! - 0.01 * Math.sign(d)),
    )
    await trainer.close()
  })

  test('of adamw takes the decay from the parameter and leaves the gradient alone', async () => {
    const before = weights(linear)
    const { dw } = byHand(before.w, before.b)
    const optimizer = { kind: 'adamw', learningRate: 0.01, weightDecay: 0.5 } as const
    const trainer = await openTrainer(linear, { optimizer })
    await trainer.step(batch, labels)
    expectClose(
      weights(trainer.export()).w,
      dw.map((d, i) => before.w[i]! * (1 - 0.01 * 0.5) - 0.01 * Math.sign(d)),
    )
    await trainer.close()
  })

  test('of a convolutional network moves each parameter along its gradient', async () => {
    const bytes = buildLenet({ inputShape: [2, 17, 18], classes: 3, seed: 2 })
    const draw = seededRandom(9)
    const data = Float32Array.from({ length: 4 * 2 * 17 * 18 }, () => draw())
    const images: Tensor = { shape: [4, 2, 17, 18], data }
    const classes = new Int32Array([0, 1, 2, 1])
    const gradients = await parameterGradients(bytes, images, classes)
    const trainer = await openTrainer(bytes, { optimizer: { kind: 'sgd', learningRate: 1 } })
    await trainer.step(images, classes)
    const [before, after] = [bytes, trainer.export()].map(
      (file) => graphOf(readModel(file)).constants,
    )
    expect([...gradients.keys()].sort()).toEqual([...trainer.parameters].sort())
    for (const [name, { data: gradient }] of gradients) {
      const old = floatsOf(before!.get(name)!)
      expectClose(
        floatsOf(after!.get(name)!),
        old.map((value, i) => value - gradient[i]!),
      )
    }
    await trainer.close()
  })

  test('takes another learning rate for one step', async () => {
    const { w, b } = weights(linear)
    const trainer = await openTrainer(linear, { optimizer: { kind: 'sgd', learningRate: 0.5 } })
    await trainer.step(batch, labels, 0)
    expectClose(weights(trainer.export()).w, w)
    expectClose(weights(trainer.export()).b, b)
    await trainer.close()
  })
})

describe('training', () => {
  const random = seededRandom(5)
  const rows = 64
  const data = Float32Array.from({ length: rows * 4 }, () => gaussian(random))
  const classes = Int32Array.from({ length: rows }, (_, i) =>
    Number(data[4 * i]! * data[4 * i + 1]! > 0),
  )
  const samples: Tensor = { shape: [rows, 4], data }
  const bytes = buildMlp({ inputShape: [4], classes: 2, hidden: [16, 16], seed: 1 })

  test.each<OptimizerOptions>([
    { kind: 'sgd', learningRate: 0.1, momentum: 0.9 },
    { kind: 'adam', learningRate: 0.01 },
  ])('with $kind makes the loss fall and learns what no linear model can', async (optimizer) => {
    const trainer = await openTrainer(bytes, { optimizer, threads: 1 })
    const first = await trainer.step(samples, classes)
    let last = first
    for (let i = 0; i < 200; i++) last = await trainer.step(samples, classes)
    expect(last.loss).toBeLessThan(first.loss / 4)
    expect(last.correct).toBeGreaterThan(60)
    const model = await openModel(trainer.export(), { threads: 1 })
    const found = await model.labels(samples)
    expect(found.filter((label, i) => label === classes[i]).length).toBeGreaterThan(60)
    await Promise.all([trainer.close(), model.close()])
  })

  test('takes batches of any size', async () => {
    const trainer = await openTrainer(bytes, { optimizer: { kind: 'sgd', learningRate: 0.1 } })
    for (const count of [1, 7, 64]) {
      const part = { shape: [count, 4], data: data.subarray(0, count * 4) }
      expect(Number.isFinite((await trainer.step(part, classes.subarray(0, count))).loss)).toBe(
        true,
      )
    }
    await expect(
      trainer.step({ shape: [0, 4], data: new Float32Array() }, new Int32Array()),
    ).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
    await trainer.close()
  })

  test('stops with a code when the loss leaves the finite numbers', async () => {
    const trainer = await openTrainer(bytes, { optimizer: { kind: 'sgd', learningRate: 1e30 } })
    const diverge = async () => {
      for (let i = 0; i < 10; i++) await trainer.step(samples, classes)
    }
    await expect(diverge()).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' })
    await trainer.close()
  })

  test('changes nothing of the file but the learnt initialisers', async () => {
    const trainer = await openTrainer(bytes, { optimizer: { kind: 'sgd', learningRate: 0.1 } })
    expect(Buffer.from(trainer.export()).equals(bytes)).toBe(true)
    await trainer.step(samples, classes)
    const before = readModel(bytes)
    const after = readModel(trainer.export())
    expect({ ...after.graph, initializer: [] }).toEqual({ ...before.graph, initializer: [] })
    expect(trainer.parameters.toSorted()).toEqual(
      before.graph.initializer.map(({ name }) => name).sort(),
    )
    await trainer.close()
  })

  test('gradients of parameters over several chunks are those of the whole batch', async () => {
    const many = 200
    const big: Tensor = {
      shape: [many, 2],
      data: Float32Array.from({ length: many * 2 }, () => random()),
    }
    const marks = Int32Array.from({ length: many }, (_, i) => i % 2)
    const whole = await parameterGradients(linear, big, marks)
    const halves = await Promise.all(
      [0, 100].map((start) =>
        parameterGradients(
          linear,
          { shape: [100, 2], data: big.data.subarray(2 * start, 2 * start + 200) },
          marks.subarray(start, start + 100),
        ),
      ),
    )
    for (const [name, { data: found }] of whole) {
      const mean = found.map(
        (_, i) => (halves[0]!.get(name)!.data[i]! + halves[1]!.get(name)!.data[i]!) / 2,
      )
      expectClose(found, mean)
    }
  })
})

describe('what a trainer holds', () => {
  const optimizer = { kind: 'sgd', learningRate: 0.5, momentum: 0.9 } as const

  test('stays as it was read, whatever steps follow', async () => {
    const file = linear.slice()
    const trainer = await openTrainer(file, { optimizer, threads: 1 })
    const seen: { found: Float32Array; kept: Float32Array }[] = []
    const files: { bytes: Uint8Array; kept: Uint8Array }[] = []
    const gradients = await parameterGradients(linear, batch, labels, { threads: 1 })
    for (let step = 0; step < 5; step++) {
      for (const { data } of trainer.values.values()) seen.push({ found: data, kept: data.slice() })
      const bytes = trainer.export()
      files.push({ bytes, kept: bytes.slice() })
      await (step === 2 ? trainer.apply(gradients) : trainer.step(batch, labels))
    }
    for (const { found, kept } of seen) expect(found).toEqual(kept)
    for (const { bytes, kept } of files) expect(Buffer.compare(bytes, kept)).toBe(0)
    expect(new Set(files.map(({ bytes }) => weights(bytes).w.join())).size).toBe(5)
    expect(Buffer.compare(file, linear)).toBe(0)
    await trainer.close()
  })

  test('goes from step to step, also where nobody waits for them', async () => {
    const [waited, hurried] = await Promise.all([
      openTrainer(linear, { optimizer, threads: 1 }),
      openTrainer(linear, { optimizer, threads: 1 }),
    ])
    const wanted: number[] = []
    for (let step = 0; step < 3; step++) wanted.push((await waited.step(batch, labels)).loss)
    const steps = Array.from({ length: 3 }, () => hurried.step(batch, labels))
    expect((await Promise.all(steps)).map(({ loss }) => loss)).toEqual(wanted)
    expect(hurried.values).toEqual(waited.values)
    await Promise.all([waited.close(), hurried.close()])
  })

  test('is what a step that failed had begun with', async () => {
    const trainer = await openTrainer(linear, { optimizer, threads: 1 })
    await trainer.step(batch, labels)
    const before = trainer.values
    const broken = { shape: [3, 2], data: new Float32Array(6).fill(Number.NaN) }
    await expect(trainer.step(broken, labels)).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' })
    expect(trainer.values).toEqual(before)
    expect(Number.isFinite((await trainer.step(batch, labels)).loss)).toBe(true)
    await trainer.close()
  })
})

describe('a train step by parts', () => {
  const optimizer = { kind: 'sgd', learningRate: 0.5, momentum: 0.9 } as const

  test('weighs samples, so that a weight of zero leaves a sample out', async () => {
    const [weighed, alone] = await Promise.all([
      openTrainer(linear, { optimizer, threads: 1 }),
      openTrainer(linear, { optimizer, threads: 1 }),
    ])
    const found = await weighed.step(batch, labels, undefined, Float32Array.of(2, 0, 2))
    const rest = { shape: [2, 2], data: Float32Array.of(1, 2, 0.25, -2) }
    const wanted = await alone.step(rest, Int32Array.of(0, 1))
    expect(found.loss).toBeCloseTo(wanted.loss, 6)
    expectClose(weights(weighed.export()).w, weights(alone.export()).w)
    for (const bad of [
      [1, 1],
      [0, 0, 0],
      [1, -1, 1],
      [1, Number.NaN, 1],
    ]) {
      await expect(
        weighed.step(batch, labels, undefined, Float32Array.from(bad)),
      ).rejects.toMatchObject({ code: expect.stringMatching(/SHAPE_MISMATCH|INPUT_MISMATCH/) })
    }
    await Promise.all([weighed.close(), alone.close()])
  })

  test('takes gradients from outside as it takes its own', async () => {
    const own = await openTrainer(linear, { optimizer, threads: 1 })
    const fed = await openTrainer(linear, { optimizer, threads: 1 })
    for (let step = 0; step < 2; step++) {
      const gradients = await parameterGradients(fed.export(), batch, labels, { threads: 1 })
      await own.step(batch, labels)
      await fed.apply(gradients)
    }
    expectClose(weights(fed.export()).w, weights(own.export()).w)
    expectClose(fed.values.get('fc1.bias')!.data, weights(own.export()).b)
    await expect(fed.apply(new Map())).rejects.toMatchObject({ code: 'INPUT_MISMATCH' })
    await Promise.all([own.close(), fed.close()])
  })

  test('sums clipped gradients of the parameters as they are', async () => {
    const trainer = await openTrainer(linear, { optimizer, threads: 1 })
    const clipped = await openClippedGradient(linear, { threads: 1 })
    await trainer.step(batch, labels)
    const found = await clipped.sum(batch, labels, { clip: 0.5, parameters: trainer.values })
    const wanted = await clippedGradientSum(trainer.export(), batch, labels, { clip: 0.5 })
    expectClose(found.norms, wanted.norms)
    await trainer.apply(found.gradients)
    await Promise.all([trainer.close(), clipped.close()])
  })
})
