import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { floatsOf } from './constant.ts'
import { graphOf } from './graph-file.ts'
import { readModel } from './model-file.ts'
import { openModel } from './onnx-model.ts'
import { sketchedBytes } from './test-graphs.test-support.ts'
import { openTrainer } from './trainer.ts'
import {
  type Curve,
  curveBatch,
  curveDigest,
  curveNet,
  curveOptimizers,
  curves,
} from './training-curves.test-support.ts'

const fixture: { readonly ofSha256: string; readonly torch: string; readonly curves: Curve[] } =
  JSON.parse(readFileSync(new URL('training-curves.json', import.meta.url), 'utf8'))

/** What 50 steps make of roundings in another order. */
const tolerance = 1e-3

test('the curves of PyTorch were made of the weights and data that are drawn here', () => {
  expect(fixture.ofSha256).toBe(curveDigest())
  expect(fixture.curves).toHaveLength(2 * Object.keys(curveOptimizers).length)
})

describe('50 steps make the losses that PyTorch makes', () => {
  test.each(fixture.curves)('of a $net net by $optimizer', async (curve) => {
    const { net, optimizer, losses, runningMean } = curve
    const bytes = sketchedBytes(curveNet(net))
    const trainer = await openTrainer(bytes, {
      optimizer: curveOptimizers[optimizer],
      threads: 1,
    })
    expect(losses).toHaveLength(curves.steps)
    const apart: number[] = []
    for (const [step, wanted] of losses.entries()) {
      const { batch, labels } = curveBatch(step)
      const { loss } = await trainer.step(batch, labels)
      apart.push(Math.abs(loss - wanted) / wanted)
    }
    expect(Math.max(...apart)).toBeLessThanOrEqual(tolerance)
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
    const exported = trainer.export()
    await trainer.close()
    if (runningMean !== undefined) {
      const means = floatsOf(graphOf(readModel(exported)).constants.get('m1')!)
      expect(means.length).toBe(runningMean.length)
      for (const [i, mean] of runningMean.entries()) {
        expect(Math.abs(means[i]! - mean)).toBeLessThanOrEqual(tolerance * Math.abs(mean) + 1e-4)
      }
    }
    const model = await openModel(exported, { threads: 1 })
    expect((await model.scores(curveBatch(0).batch)).shape).toEqual([curves.rows, curves.classes])
    await model.close()
  })
})
