import { assert } from '@merlon/core'
import { throughNode } from '../backward.ts'
import { type Formula, fixedSizes } from './formula.ts'

/**
 * A parameter that is broadcast over the samples. Its rule is asked for the gradient of a copy with a row per sample,
 * which it then cannot sum over samples.
 */
export const broadcast: Formula = (g, { node, index }, batch) => {
  const [y = ''] = node.outputs
  const operand = node.inputs[index] ?? ''
  const own = fixedSizes(g.shape(operand))
  const missing = g.shape(y).length - (own?.length ?? 0)
  if (own === undefined || missing < 0 || (missing === 0 && own[0] !== 1)) return undefined
  const sample = [...new Array<number>(missing).fill(1), ...own].slice(1)
  const at = g.forward.findIndex(({ outputs }) => outputs[0] === y)
  return {
    each(dy) {
      const rows = g.emit('Shape', [y], { start: 0, end: 1 })
      const sizes = g.emit('Concat', [rows, g.ints(sample)], { axis: 0 })
      const copy = g.emit('Expand', [operand, sizes])
      g.declare(copy, { type: g.type(operand), shape: [batch, ...sample] })
      const inputs = node.inputs.map((name, each) => (each === index ? copy : name))
      const gradient = throughNode(g, at, { ...node, inputs }, [dy])[index]
      assert(gradient !== undefined, 'the rules of this table give a gradient to each operand')
      return g.emit('Reshape', [gradient, g.ints([-1, ...own])])
    },
  }
}
