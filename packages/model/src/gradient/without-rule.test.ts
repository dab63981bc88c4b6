import { expect, test } from 'vitest'
import { floats, sketched } from '../test-graphs.test-support.ts'
import { backward } from './backward.ts'
import { GradientBuilder } from './gradient-builder.ts'
import { operatorsWithGradient } from './gradient-rules.ts'
import type { ValueFacts } from './value-facts.ts'
import { endingOperators, flatOperators } from './without-rule.ts'

test('no operator with a rule is said to need none or to be flat', () => {
  const others = [...endingOperators, ...Object.keys(flatOperators)]
  expect(others.filter((op) => operatorsWithGradient.includes(op))).toEqual([])
  expect(new Set(others).size).toBe(others.length)
})

test('numbers that are made of a shape alone end the way', () => {
  const graph = sketched({
    inputs: [['x', [2, 2]]],
    outputs: [['y', [2, 2]]],
    nodes: [
      ['EyeLike', ['x'], ['eye']],
      ['Mul', ['x', 'eye'], ['y']],
    ],
  })
  const float: ValueFacts = { type: 'float32', shape: [2, 2] }
  const facts = new Map(['x', 'eye', 'y'].map((name) => [name, float]))
  const g = new GradientBuilder(graph, facts)
  const gradients = backward(g, new Set(['x']), new Map([['y', 'dy']]))
  const made = g.finish().nodes.find(({ outputs }) => outputs[0] === gradients.get('x'))
  expect(made).toMatchObject({ op: 'Mul', inputs: ['dy', 'eye'] })
})

test('rounding beside a way that can be differentiated is refused, not taken for zero', () => {
  const graph = sketched({
    inputs: [['x', [2]]],
    outputs: [['y', [2]]],
    nodes: [
      ['QuantizeLinear', ['x', 'scale'], ['q']],
      ['DequantizeLinear', ['q', 'scale'], ['d']],
      ['Add', ['x', 'd'], ['y']],
    ],
    constants: { scale: floats([], 0.1) },
  })
  const float: ValueFacts = { type: 'float32', shape: [2] }
  const facts = new Map([
    ['x', float],
    ['q', { ...float, type: 'uint8' as const }],
    ['d', float],
    ['y', float],
  ])
  expect(() =>
    backward(new GradientBuilder(graph, facts), new Set(['x']), new Map([['y', 'dy']])),
  ).toThrow(/'DequantizeLinear' .* was rounded/)
})
