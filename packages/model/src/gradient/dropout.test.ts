import { expect, test } from 'vitest'
import type { Constant } from '../constant.ts'
import { graphBytes } from '../graph-file.ts'
import { Session } from '../session.ts'
import { floats, sketched } from '../test-graphs.test-support.ts'
import { backward } from './backward.ts'
import { GradientBuilder } from './gradient-builder.ts'

const size = 64

/** y = dropout(x) and d sum(y) / dx of one run; `mode` is the third input. */
async function run(mode: 'on' | 'off' | 'fed', fed = true) {
  const truth = (value: number): Constant => ({
    type: 'bool',
    shape: [],
    bytes: Uint8Array.of(value),
  })
  const graph = sketched({
    inputs: [
      ['x', [size]],
      ['fed', [], 9],
      ['dy', [size]],
    ],
    outputs: [['y', [size]]],
    nodes: [['Dropout', ['x', 'ratio', mode], ['y']]],
    constants: { ratio: floats([], 0.25), on: truth(1), off: truth(0) },
  })
  const facts = new Map(
    ['x', 'y'].map((name) => [name, { type: 'float32', shape: [size] }] as const),
  )
  const g = new GradientBuilder(graph, facts)
  const dx = backward(g, new Set(['x']), new Map([['y', 'dy']])).get('x')!
  const derived = {
    ...g.finish(),
    outputs: [...graph.outputs, { name: dx, type: 0, shape: undefined }],
  }
  const session = await Session.open(graphBytes(derived), { name: 'the dropout', threads: 1 })
  try {
    const ones = { type: 'float32', shape: [size], data: new Float32Array(size).fill(1) }
    const choice = { type: 'bool', shape: [], data: Uint8Array.of(Number(fed)) }
    const results = await session.run({ x: ones, dy: ones, fed: choice })
    return { y: Array.from(results.y!.data, Number), dx: Array.from(results[dx]!.data, Number) }
  } finally {
    await session.close()
  }
}

test('the gradient of a dropout in training goes through the mask of the same run', async () => {
  for (const { y, dx } of [await run('on'), await run('fed', true)]) {
    // x and dy are ones, so both are the mask over the share that is kept.
    expect(dx).toEqual(y)
    expect(new Set(dx)).toEqual(new Set([0, Math.fround(4 / 3)]))
  }
})

test('at inference it goes through as it is', async () => {
  for (const { y, dx } of [await run('off'), await run('fed', false)]) {
    expect(y).toEqual(new Array(size).fill(1))
    expect(dx).toEqual(y)
  }
})
