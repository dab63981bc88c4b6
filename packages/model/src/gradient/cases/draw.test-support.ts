import type { Random } from '@merlon/core'
import type { AttributeValue } from '../../attributes.ts'

/** One operand of a case. `ints` are constants of the graph (axes, sizes); everything else is differentiated. */
export interface Operand {
  readonly shape: readonly number[]
  readonly low?: number
  readonly high?: number
  readonly ints?: readonly number[]
  /** The type of `ints`, int64 if not stated. */
  readonly type?: 'int64' | 'int32' | 'bool' | 'float32'
  /** `ints` come out of a node, so that the rule cannot know them. */
  readonly isComputed?: boolean
  /** The first axis is the batch and may have any size. */
  readonly isBatched?: boolean
}

/** A random use of one operator. */
export interface RuleCase {
  readonly inputs: readonly (Operand | undefined)[]
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>
  readonly opset?: number
  readonly domain?: string
  /** How many outputs the node gives (1 if not stated); every float one gets a cotangent. */
  readonly outputs?: number
  /** Only the first output gets a cotangent: the others are for other uses. */
  readonly isFirstOnly?: boolean
}

/** Draws a random use of an operator. */
export type Draw = (random: Random) => RuleCase

export const whole = (random: Random, low: number, high: number) =>
  low + Math.floor(random() * (high - low + 1))
export const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)]!
export const chance = (random: Random) => random() < 0.5
export const dims = (random: Random, rank: number, high = 4) =>
  Array.from({ length: rank }, () => whole(random, 1, high))
export const ints = (...values: number[]): Operand => ({ shape: [values.length], ints: values })

/** Two operands that broadcast against each other in every way the rules of ONNX allow. */
export function broadcasting(low = -2, high = 2, lowB = low, highB = high): Draw {
  return (random) => {
    const full = dims(random, whole(random, 1, 4))
    const thin = (shape: readonly number[]) =>
      shape.map((size) => (random() < 0.3 ? 1 : size)).slice(whole(random, 0, shape.length - 1))
    const isBatched = chance(random) && full.length > 1
    const wide = isBatched ? full.with(0, 2) : full
    const other = isBatched ? thin(wide.slice(1)) : thin(wide)
    const a = { shape: wide, low, high, isBatched }
    const b = { shape: other, low: lowB, high: highB }
    if (isBatched || chance(random)) return { inputs: [a, b] }
    return {
      inputs: [
        { ...b, low, high },
        { ...a, low: lowB, high: highB },
      ],
    }
  }
}

export function one(
  low = -2,
  high = 2,
  attributes?: (random: Random) => NonNullable<RuleCase['attributes']>,
): Draw {
  return (random) => ({
    inputs: [{ shape: dims(random, whole(random, 1, 4)), low, high, isBatched: chance(random) }],
    ...(attributes === undefined ? {} : { attributes: attributes(random) }),
  })
}

/** Draws for a family of rules, by operator. */
export type RuleCases = Readonly<Record<string, Draw>>
