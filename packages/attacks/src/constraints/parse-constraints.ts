import { AttackError } from '../attack-error.ts'
import { limits } from '../limits.ts'
import type { Change, Column, Constraints, Rule } from './constraints.ts'

/**
 * Reads constraints from a description by column names, as it stands in a file:
 * `{columns: [{name, range: [low, high], step?, change?, scale?}], oneHot?: [[name, ...]], rules?: [...]}`, where a rule is
 * `{sum: name, of: {name: factor}, offset?}`, `{ratio: name, of: [numerator, denominator]}`, `{product: name, of: [name, ...]}` or
 * `{atMost: [lesser, greater], gap?}`. Unknown keys and names are refused.
 * @throws AttackError CONSTRAINTS_INVALID
 */
export function parseConstraints(value: unknown): Constraints {
  const {
    columns,
    oneHot = [],
    rules = [],
  } = objectOf(value, 'the description', ['columns', 'oneHot', 'rules'])
  const list = listOf(columns, 'columns', limits.columnsMax)
  if (list.length === 0) throw invalid('columns is empty; describe each number of a row')
  const parsed = list.map((column, k) => columnOf(column, `columns[${k}]`))
  const places = new Map<string, number>()
  for (const [k, { name }] of parsed.entries()) {
    if (places.has(name)) throw invalid(`column ${JSON.stringify(name)} is described twice`)
    places.set(name, k)
  }
  const placeOf: PlaceOf = (name, where) => {
    const place = typeof name === 'string' ? places.get(name) : undefined
    if (place !== undefined) return place
    throw invalid(`${where} names ${shown(name)}, which is no column`)
  }
  const groups = listOf(oneHot, 'oneHot', limits.columnsMax).map((group, g) =>
    groupOf(group, `oneHot[${g}]`, parsed, placeOf),
  )
  refuseRepeats(groups.flat(), parsed, 'stands in two groups of oneHot')
  const described = listOf(rules, 'rules', limits.rulesMax).map((rule, r) =>
    ruleOf(rule, `rules[${r}]`, placeOf),
  )
  return { columns: parsed, oneHot: groups, rules: inOrder(described, groups.flat(), parsed) }
}

type PlaceOf = (name: unknown, where: string) => number

const changes: readonly string[] = ['free', 'rise', 'fall', 'none'] satisfies readonly Change[]

function columnOf(value: unknown, where: string): Column {
  const keys = ['name', 'range', 'step', 'change', 'scale']
  const { name, range, step, change = 'free', scale } = objectOf(value, where, keys)
  if (typeof name !== 'string' || name === '') throw invalid(`${where}.name must be a word`)
  const [low, high, ...more] = listOf(range, `${where}.range`, 2).map((bound) =>
    numberOf(bound, `${where}.range`),
  )
  if (low === undefined || high === undefined || more.length > 0 || low > high) {
    throw invalid(`${where}.range must be [low, high]`)
  }
  if (!changes.includes(String(change))) {
    throw invalid(`${where}.change is ${shown(change)}; choose among ${changes.join(', ')}`)
  }
  const size = scale === undefined ? high - low || 1 : numberOf(scale, `${where}.scale`)
  if (!(size > 0)) throw invalid(`${where}.scale must be above 0`)
  const column = { name, low, high, change: change as Change, scale: size } // it is among them
  if (step === undefined) return column
  const whole = numberOf(step, `${where}.step`)
  if (!(whole > 0)) throw invalid(`${where}.step must be above 0`)
  return { ...column, step: whole }
}

function groupOf(
  value: unknown,
  where: string,
  columns: readonly Column[],
  placeOf: PlaceOf,
): readonly number[] {
  const group = listOf(value, where, limits.columnsMax).map((name) => placeOf(name, where))
  if (group.length < 2) throw invalid(`${where} needs two columns at least`)
  for (const k of group) {
    const { name, low, high } = columns[k]!
    if (low !== 0 || high !== 1) {
      throw invalid(`${JSON.stringify(name)} stands in a group, so its range must be [0, 1]`)
    }
  }
  return group
}

function ruleOf(value: unknown, where: string, placeOf: PlaceOf): Rule {
  const rule = objectOf(value, where, ['sum', 'ratio', 'product', 'atMost', 'of', 'offset', 'gap'])
  const kinds = ['sum', 'ratio', 'product', 'atMost'].filter((kind) => rule[kind] !== undefined)
  const place = (name: unknown) => placeOf(name, where)
  const places = (names: unknown, count?: number) => {
    const list = listOf(names, where, limits.columnsMax).map(place)
    if (list.length === 0 || (count !== undefined && list.length !== count)) {
      throw invalid(
        `${where} names ${list.length} columns${count === undefined ? '' : `, not ${count}`}`,
      )
    }
    return list
  }
  switch (kinds.length === 1 ? kinds[0] : undefined) {
    case 'sum': {
      objectOf(value, where, ['sum', 'of', 'offset'])
      const terms = Object.entries(objectOf(rule.of, `${where}.of`)).map(([name, factor]) => ({
        column: place(name),
        factor: numberOf(factor, `${where}.of`),
      }))
      const offset = rule.offset === undefined ? 0 : numberOf(rule.offset, `${where}.offset`)
      return { kind: 'sum', column: place(rule.sum), terms, offset }
    }
    case 'ratio': {
      objectOf(value, where, ['ratio', 'of'])
      const [numerator, denominator] = places(rule.of, 2)
      return {
        kind: 'ratio',
        column: place(rule.ratio),
        numerator: numerator!,
        denominator: denominator!,
      }
    }
    case 'product':
      objectOf(value, where, ['product', 'of'])
      return { kind: 'product', column: place(rule.product), factors: places(rule.of) }
    case 'atMost': {
      objectOf(value, where, ['atMost', 'gap'])
      const [lesser, greater] = places(rule.atMost, 2)
      const gap = rule.gap === undefined ? 0 : numberOf(rule.gap, `${where}.gap`)
      return { kind: 'at-most', lesser: lesser!, greater: greater!, gap }
    }
    default:
      throw invalid(`${where} must be one of sum, ratio, product and atMost`)
  }
}

/** The rules with each computed column after those that it is computed from. */
function inOrder(
  rules: readonly Rule[],
  grouped: readonly number[],
  columns: readonly Column[],
): readonly Rule[] {
  const computed = rules.flatMap((rule) => (rule.kind === 'at-most' ? [] : [rule.column]))
  refuseRepeats([...computed, ...grouped], columns, 'is decided twice by oneHot and rules')
  const ordered = rules.filter((rule) => rule.kind === 'at-most')
  const waiting = new Set(rules.filter((rule) => rule.kind !== 'at-most'))
  const done: Rule[] = []
  while (waiting.size > 0) {
    const left = new Set([...waiting].map((rule) => rule.column))
    const ready = [...waiting].filter((rule) => !sourcesOf(rule).some((k) => left.has(k)))
    if (ready.length === 0) {
      const names = [...left].map((k) => columns[k]!.name).join(', ')
      throw invalid(`the columns ${names} are computed from each other`)
    }
    for (const rule of ready) waiting.delete(rule)
    done.push(...ready)
  }
  return [...done, ...ordered]
}

function sourcesOf(rule: Exclude<Rule, { kind: 'at-most' }>): readonly number[] {
  if (rule.kind === 'sum') return rule.terms.map(({ column }) => column)
  return rule.kind === 'ratio' ? [rule.numerator, rule.denominator] : rule.factors
}

function refuseRepeats(places: readonly number[], columns: readonly Column[], why: string): void {
  const twice = places.find((place, i) => places.indexOf(place) !== i)
  if (twice !== undefined) throw invalid(`column ${JSON.stringify(columns[twice]!.name)} ${why}`)
}

/** An object of plain keys; unknown ones are refused where they are listed. */
function objectOf(
  value: unknown,
  where: string,
  keys?: readonly string[],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${where} must be an object`)
  }
  const stray = Object.keys(value).find((key) => keys !== undefined && !keys.includes(key))
  if (stray !== undefined) {
    throw invalid(`${where} has ${shown(stray)}, which is none of ${keys?.join(', ')}`)
  }
  return { ...value }
}

function listOf(value: unknown, where: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) {
    throw invalid(`${where} must be a list of at most ${max}`)
  }
  return value
}

function numberOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalid(`${where} holds ${shown(value)}; pass finite numbers`)
  }
  return value
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40)
}

function invalid(message: string): AttackError {
  return new AttackError('CONSTRAINTS_INVALID', message)
}
