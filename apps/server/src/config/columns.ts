import { AttackError, type Constraints, parseConstraints } from '@merlon/attacks'
import { z } from 'zod'
import { limits } from '../limits.ts'
import { closest } from './closest.ts'

const ColumnName = z.string().min(1).max(200)
const Factor = z.number()

const ColumnSpec = z.strictObject({
  range: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe('[low, high] of its values; [0, 1] for a column of oneHot, which may leave it out'),
  step: z
    .number()
    .positive()
    .optional()
    .describe('Values are low, low + step, and so on; 1 for whole numbers'),
  change: z
    .enum(['free', 'rise', 'fall', 'none'])
    .optional()
    .describe('How an adversary can move it: both ways, one way, or not at all; free unless given'),
  scale: z
    .number()
    .positive()
    .optional()
    .describe('A change of so much costs 1; the width of the range unless given'),
  oneHot: ColumnName.optional().describe(
    'Name of the attribute of which this 0/1 column is one category: exactly one of them is 1',
  ),
  sum: z
    .record(ColumnName, Factor)
    .optional()
    .describe('It is the sum of these columns, each times its factor'),
  offset: Factor.optional().describe('Added to that sum; 0 unless given'),
  ratio: z
    .tuple([ColumnName, ColumnName])
    .optional()
    .describe('It is the first of these columns divided by the second, 0 where that is 0'),
  product: z
    .array(ColumnName)
    .min(1)
    .max(64)
    .optional()
    .describe('It is the product of these columns'),
  atMost: ColumnName.optional().describe('It is never above this column'),
  gap: Factor.optional().describe('By how much it stays below that column; 0 unless given'),
})
type ColumnSpec = z.infer<typeof ColumnSpec>

/** What values each feature of a table can have, which of them an adversary can change, and what holds between them. */
export const Columns = z
  .record(ColumnName, ColumnSpec)
  .refine((columns) => Object.keys(columns).length <= limits.columnsMax, {
    message: `more than ${limits.columnsMax} columns are described`,
  })
  .superRefine((columns, context) => {
    const known = Object.keys(columns)
    const refuse = (path: (string | number)[], message: string, word?: string) => {
      const params = word === undefined ? {} : { word, known: near(word, known) }
      context.addIssue({ code: 'custom', path, message, params })
    }
    for (const [name, column] of Object.entries(columns)) {
      for (const [key, other] of named(column)) {
        if (Object.hasOwn(columns, other)) continue
        refuse([name, key], `there is no column ${JSON.stringify(other)}`, other)
      }
      const fault = faultOf(column)
      if (fault !== undefined) refuse([name], fault)
    }
  })
export type Columns = z.infer<typeof Columns>

/** Of hundreds of columns only the near ones are worth saying. */
function near(word: string, known: readonly string[]): readonly string[] {
  const guess = closest(word, known)
  return guess === undefined ? known.slice(0, 8) : [guess]
}

/** The columns that a column's description names, and under which key. */
function named({ sum = {}, ratio, product = [], atMost }: ColumnSpec) {
  const parts: readonly string[] = ratio ?? []
  return [
    ...Object.keys(sum).map((name) => ['sum', name] as const),
    ...parts.map((name) => ['ratio', name] as const),
    ...product.map((name) => ['product', name] as const),
    ...(atMost === undefined ? [] : [['atMost', atMost] as const]),
  ]
}

function faultOf(column: ColumnSpec): string | undefined {
  const { range, oneHot, sum, offset, ratio, product, atMost, gap } = column
  const ways = [oneHot, sum, ratio, product].filter((way) => way !== undefined).length
  if (ways > 1) return 'one of oneHot, sum, ratio and product decides a column, not several'
  if (range === undefined && oneHot === undefined) return 'range is needed: [low, high]'
  if (range !== undefined && range[0] > range[1]) return 'range must be [low, high]'
  if (oneHot !== undefined && range !== undefined && (range[0] !== 0 || range[1] !== 1)) {
    return 'a column of oneHot has the range [0, 1]'
  }
  if (offset !== undefined && sum === undefined) return 'offset belongs to sum'
  if (gap !== undefined && atMost === undefined) return 'gap belongs to atMost'
  return undefined
}

/**
 * The description as constraints on rows of these features; a table without headings has its columns in the description's order.
 * @throws AttackError CONSTRAINTS_INVALID if the description and the features are not the same columns
 */
export function constraintsOf(columns: Columns, featureNames: readonly string[]): Constraints {
  const described = Object.keys(columns)
  const names = featureNames.length === 0 ? described : featureNames
  for (const name of names) {
    if (!Object.hasOwn(columns, name)) throw missing(name, described)
  }
  const stray = described.find((name) => !names.includes(name))
  if (stray !== undefined) throw unknown(stray, names)
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const { oneHot } = columns[name]!
    if (oneHot !== undefined) groups.set(oneHot, [...(groups.get(oneHot) ?? []), name])
  }
  return parseConstraints({
    columns: names.map((name) => {
      const { range = [0, 1], step, change, scale } = columns[name]!
      return { name, range, ...given({ step, change, scale }) }
    }),
    oneHot: [...groups.values()],
    rules: names.flatMap((name) => rulesOf(name, columns[name]!)),
  })
}

function rulesOf(name: string, { sum, offset, ratio, product, atMost, gap }: ColumnSpec) {
  return [
    ...(sum === undefined ? [] : [{ sum: name, of: sum, ...given({ offset }) }]),
    ...(ratio === undefined ? [] : [{ ratio: name, of: ratio }]),
    ...(product === undefined ? [] : [{ product: name, of: product }]),
    ...(atMost === undefined ? [] : [{ atMost: [name, atMost], ...given({ gap }) }]),
  ]
}

function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function missing(name: string, described: readonly string[]): AttackError {
  const guess = closest(name, described)
  const hint = guess === undefined ? '' : `; is it ${quoted(guess)} there?`
  return invalid(`the table has a column ${quoted(name)} that the description leaves out${hint}`)
}

function unknown(name: string, names: readonly string[]): AttackError {
  const guess = closest(name, names)
  const hint = guess === undefined ? '' : `, did you mean ${quoted(guess)}?`
  return invalid(`${quoted(name)} is described but is no feature of the table${hint}`)
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 60))
}

function invalid(message: string): AttackError {
  return new AttackError('CONSTRAINTS_INVALID', message)
}
