import { assert } from '@merlon/core'
import { CliError } from './cli-error.ts'
import type { OptionSpec } from './command.ts'

export type OptionValue = string | boolean | number | readonly string[] | readonly number[]

/** The options of one call, by their long name in camelCase; asking for another type is a bug. */
export interface Options {
  flag(name: string): boolean
  /** True if `--no-NAME` was given. */
  isOff(name: string): boolean
  text(name: string): string | undefined
  number(name: string): number | undefined
  count(name: string): number | 'all' | undefined
  list(name: string): readonly string[]
  numbers(name: string): readonly number[]
  /** The option as it was understood, for the report. */
  all(): Readonly<Record<string, OptionValue>>
}

/** Typed access to what commander parsed with `readOption`. */
export function optionsOf(values: Readonly<Record<string, unknown>>): Options {
  return {
    flag: (name) => values[name] === true,
    isOff: (name) => values[name] === false,
    text(name) {
      const value = values[name]
      assert(value === undefined || typeof value === 'string', `--${name} is a text`)
      return value
    },
    number(name) {
      const value = values[name]
      assert(value === undefined || typeof value === 'number', `--${name} is a number`)
      return value
    },
    count(name) {
      const value = values[name]
      assert(
        value === undefined || value === 'all' || typeof value === 'number',
        `--${name} is a count`,
      )
      return value
    },
    list: (name) => arrayOf(name, values[name], isText),
    numbers: (name) => arrayOf(name, values[name], isNumber),
    // The values were made by readOption.
    all: () => values as Readonly<Record<string, OptionValue>>,
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'

function arrayOf<T>(name: string, value: unknown, is: (item: unknown) => item is T): readonly T[] {
  if (value === undefined || value === false) return []
  assert(Array.isArray(value) && value.every(is), `--${name} is a list`)
  return value
}

const itemsMax = 100

/** @throws CliError USAGE, which names the option and what it takes */
export function readOption(
  spec: OptionSpec,
  text: string,
  previous: unknown,
): Exclude<OptionValue, boolean> {
  const name = spec.flags.slice(spec.flags.indexOf('--')).split(/[ ,]/)[0]
  const refuse = (takes: string): never => {
    const typed = JSON.stringify(text.slice(0, 60))
    throw new CliError('USAGE', `${name} ${typed} is not understood: it takes ${takes}`)
  }
  switch (spec.kind) {
    case 'text':
      return text === '' ? refuse('a text that is not empty') : text
    case 'choice':
      return spec.choices.includes(text) ? text : refuse(`one of ${spec.choices.join(', ')}`)
    case 'count':
      return text === 'all' ? text : (readNumber(text, spec) ?? refuse(`${takesOf(spec)}, or all`))
    case 'integer':
    case 'number':
      return readNumber(text, spec) ?? refuse(takesOf(spec))
    case 'numbers': {
      const numbers = text.split(',').map((item) => readNumber(item, spec))
      if (numbers.length > itemsMax) return refuse(`at most ${itemsMax} numbers`)
      return numbers.every(isNumber) ? numbers : refuse(`${takesOf(spec)}, or several with commas`)
    }
    case 'list': {
      const items = [...arrayOf('', previous, isText), ...text.split(',')].map((s) => s.trim())
      const isList = items.length <= itemsMax && items.every((item) => item !== '')
      return isList ? items : refuse(`one to ${itemsMax} words with commas between them`)
    }
    case 'flag':
      return refuse('no value')
  }
}

type Numeric = Extract<OptionSpec, { readonly range: readonly [number, number] }>

/** Decimal numbers and, because image folk write them, fractions such as 8/255. */
function readNumber(text: string, { kind, range: [low, high] }: Numeric): number | undefined {
  const match = /^\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\/(\d+\.?\d*))?\s*$/i.exec(text)
  if (match === null) return undefined
  const value = Number(match[1]) / Number(match[2] ?? 1)
  if (isWhole(kind) && !Number.isSafeInteger(value)) return undefined
  return Number.isFinite(value) && value >= low && value <= high ? value : undefined
}

function isWhole(kind: Numeric['kind']): boolean {
  return kind === 'integer' || kind === 'count'
}

function takesOf({ kind, range: [low, high] }: Numeric): string {
  const noun = isWhole(kind) ? 'a whole number' : 'a number'
  return high === Number.MAX_VALUE || high === Number.MAX_SAFE_INTEGER
    ? `${noun} from ${low} up`
    : `${noun} from ${low} to ${high}`
}
