import { stringAttribute } from '../attributes.ts'
import { at, build, eachIndex } from '../reference-tensor.test-support.ts'
import { given, type Operators, type Run } from './operator.test-support.ts'

/** Sums the products over every assignment of the letters, with '...' as digits for letters. */
const einsum: Run = (node, inputs) => {
  const operands = inputs.map(given)
  const [left = '', right] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->')
  const digits = (count: number) => [...'0123456789'].slice(10 - count).join('')
  const parts = left.split(',')
  const depths = parts.map((part, i) =>
    part.includes('...') ? operands[i]!.shape.length - part.length + 3 : 0,
  )
  const deepest = digits(Math.max(0, ...depths))
  const terms = parts.map((part, i) => part.replace('...', digits(depths[i]!)))
  const letters = terms.join('').replaceAll(/\d/g, '')
  const once = [...letters].filter((each) => letters.split(each).length === 2).sort()
  const output = right?.replace('...', deepest) ?? `${deepest}${once.join('')}`
  const sizes = new Map<string, number>()
  for (const [i, term] of terms.entries()) {
    for (const [axis, letter] of [...term].entries()) {
      const size = operands[i]!.shape[axis]!
      if ((sizes.get(letter) ?? 1) === 1) sizes.set(letter, size)
    }
  }
  const summed = [...sizes.keys()].filter((letter) => !output.includes(letter))
  return build(
    [...output].map((letter) => sizes.get(letter)!),
    (index) => {
      let total = 0
      eachIndex(
        summed.map((letter) => sizes.get(letter)!),
        (inner) => {
          const place = (letter: string) =>
            output.includes(letter)
              ? index[output.indexOf(letter)]!
              : inner[summed.indexOf(letter)]!
          total += terms.reduce(
            (product, term, i) => product * at(operands[i]!, [...term].map(place)),
            1,
          )
        },
      )
      return total
    },
  )
}

export const einsumOperators: Operators = { Einsum: einsum }
