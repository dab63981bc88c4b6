import { seededRandom, unattended } from '@merlon/core'
import { buildMlp, type GradientAccess, type OnnxModel, openModel } from '@merlon/model'
import { gather, tensor } from '@merlon/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pgd } from './pgd.ts'
import { stepperOf } from './steps.ts'

const count = 6
const inputShape = [1, 8, 8]
const random = seededRandom(5)
const batch = tensor(
  [count, ...inputShape],
  Float32Array.from({ length: count * 64 }, () => random()),
)
const labels = Int32Array.from({ length: count }, (_, i) => i % 3)
const ball = { norm: 'linf', epsilon: 0.1, range: [0, 1] } as const
// In single precision as it is, so that both ways round alike.
const size = 2 ** -5
const climb = { size, loss: 'cross-entropy', evaluations: 1, task: unattended } as const

let model: OnnxModel
/** The same model without the step in one run. */
let plain: GradientAccess
beforeAll(async () => {
  model = await openModel(buildMlp({ inputShape, classes: 3, seed: 1, hidden: [16] }))
  plain = {
    inputShape,
    classes: 3,
    labels: (points) => model.labels(points),
    scores: (points) => model.scores(points),
    lossGradient: (points, of, options) => model.lossGradient(points, of, options),
  }
})
afterAll(() => model.close())

test('a model that takes the step itself leads to the same points', async () => {
  const samples = Int32Array.of(0, 2, 3, 5)
  const open = Int32Array.of(0, 1, 3)
  const [own, ours] = [model, plain].map((each) => stepperOf(each, batch, labels, ball, climb))
  let x = gather(batch, samples)
  for (let step = 0; step < 5; step++) {
    const [a, b] = [await own!(x, samples), await ours!(x, samples)]
    expect(a.answer.losses).toEqual(b.answer.losses)
    expect(a.next(open)).toEqual(b.next(open))
    x = a.next(Int32Array.of(0, 1, 2, 3)).point
  }
})

test('and so the whole attack has the same outcome, its health included', async () => {
  const options = { ...ball, steps: 8, stepSize: size, restarts: 2 }
  const [a, b] = [
    await pgd(model, batch, labels, { ...options, random: seededRandom(3) }),
    await pgd(plain, batch, labels, { ...options, random: seededRandom(3) }),
  ]
  expect(a).toEqual(b)
  expect(a.health.componentsClipped).toBeGreaterThan(0)
})

test('samples outside the range, other norms and numbers that are none go the plain way', async () => {
  const outside = tensor(batch.shape, batch.data.slice())
  outside.data[3] = 1.5
  const samples = Int32Array.of(0, 1)
  let asked = 0
  const watched: GradientAccess = {
    ...plain,
    signAscent: (points, of, step) => {
      asked++
      return model.signAscent(points, of, step)
    },
  }
  const x = gather(outside, samples)
  await stepperOf(watched, outside, labels, ball, climb)(x, samples)
  await stepperOf(watched, batch, labels, { ...ball, norm: 'l2' }, climb)(x, samples)
  for (const other of [{ loss: 'margin' }, { evaluations: 2 }] as const) {
    await stepperOf(watched, batch, labels, ball, { ...climb, ...other })(x, samples)
  }
  expect(asked).toBe(0)
  const broken = gather(batch, samples)
  broken.data[0] = Number.NaN
  const { answer } = await stepperOf(watched, batch, labels, ball, climb)(broken, samples)
  expect(asked).toBe(1)
  expect(answer.gradient).toBeDefined()
})
