import { stringAttribute } from '../../attributes.ts'
import { limits } from '../../limits.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import type { GradientRule, GradientRules, RuleNode } from '../rule.ts'

/** One letter per axis. */
type Term = readonly string[]

/**
 * y = sum of products over shared letters: dx is the same kind of sum, of dy and the other operands with the
 * letters of x kept. A letter that stands in x alone was summed away: its gradient is the same all along.
 */
const einsum: GradientRule = (g, node, dy) => {
  const { terms, output, fresh } = equationOf(g, node)
  return node.inputs.map((operand, index) => {
    const own = terms[index] ?? []
    const others = terms.flatMap((term, i) =>
      i === index ? [] : [{ term, value: node.inputs[i]! }],
    )
    const diagonal = diagonalOf(g, node, operand, own, fresh)
    const sources = [{ term: output, value: dy }, ...others, ...diagonal.masks]
    const known = new Set(sources.flatMap(({ term }) => term))
    const kept = diagonal.term.filter((letter) => known.has(letter))
    const equation = `${sources.map(({ term }) => term.join('')).join()}->${kept.join('')}`
    const product = g.emit(
      'Einsum',
      sources.map(({ value }) => value),
      { equation },
    )
    return restored(g, product, diagonal.term, kept, operand)
  })
}

/** The equation with a letter for every axis, also for those that '...' stands for. */
function equationOf(g: GradientBuilder, node: RuleNode) {
  const equation = stringAttribute(node, 'equation', '').replaceAll(/\s/g, '')
  const [left = '', right] = equation.split('->')
  const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
  const free = alphabet.filter((letter) => !equation.includes(letter))
  const parts = left.split(',')
  const hidden = parts.map((part, i) =>
    part.includes('...') ? g.shape(node.inputs[i] ?? '').length - (part.length - 3) : 0,
  )
  const depth = Math.max(0, ...hidden)
  if (depth > free.length) node.refuse('its equation has more axes than there are letters')
  const batch = free.slice(0, depth)
  const termOf = (part: string, count: number): Term => {
    const [before = '', after = ''] = part.split('...')
    return part.includes('...') ? [...before, ...batch.slice(depth - count), ...after] : [...part]
  }
  const terms = parts.map((part, i) => termOf(part, hidden[i] ?? 0))
  return {
    terms,
    output: right === undefined ? implied(terms, batch) : termOf(right, depth),
    fresh: free.slice(depth),
  }
}

/** Without an arrow, the letters that stand once are kept, in alphabetical order behind the batch. */
function implied(terms: readonly Term[], batch: Term): Term {
  const all = terms.flat().filter((letter) => !batch.includes(letter))
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter))
  return [...batch, ...once.sort()]
}

/** A letter that x repeats takes its diagonal: the repetition gets a letter of its own, tied by a unit matrix. */
function diagonalOf(
  g: GradientBuilder,
  node: RuleNode,
  operand: Value,
  term: Term,
  fresh: readonly string[],
) {
  const masks: { term: Term; value: Value }[] = []
  const renamed = term.map((letter, axis) => {
    if (term.indexOf(letter) === axis) return letter
    const size = g.shape(operand)[axis]
    const other = fresh[masks.length]
    if (typeof size !== 'number' || other === undefined) {
      return node.refuse('it takes a diagonal whose size is free')
    }
    if (size ** 2 > limits.ruleMatrixNumbersMax)
      node.refuse('it takes a diagonal that is too large')
    const unit = Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0))
    masks.push({ term: [letter, other], value: g.tensor(unit, [size, size], operand) })
    return other
  })
  return { term: renamed, masks }
}

/** The product with the axes back that were summed away, and without those that x was broadcast along. */
function restored(
  g: GradientBuilder,
  product: Value,
  term: Term,
  kept: Term,
  operand: Value,
): Value {
  const shape = g.shape(operand)
  const missing = term.flatMap((letter, axis) => (kept.includes(letter) ? [] : [axis]))
  const single = term.flatMap((letter, axis) =>
    kept.includes(letter) && shape[axis] === 1 ? [axis] : [],
  )
  const full = missing.length === 0 ? product : g.emit('Unsqueeze', [product, g.ints(missing)])
  const sum = single.length === 0 ? full : g.emit('ReduceSum', [full, g.ints(single)])
  return missing.length === 0 ? sum : g.expandLike(sum, operand)
}

/** Sums of products in Einstein's notation. */
export const einsumRules: GradientRules = { Einsum: einsum }
