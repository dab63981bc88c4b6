import { row, rows, type Tensor } from '@merlon/tensor'
import { EngineError } from '../errors.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import { answerInvalid, finiteNumbers } from './parse-answer.ts'
import type { Protocol, RemoteAnswer } from './protocol.ts'
import { shortest } from './shortest.ts'

/**
 * Any JSON endpoint, after the mapping of its configuration.
 * @throws EngineError ENDPOINT_INVALID if the configuration does not say enough
 */
export function jsonProtocol(config: EndpointConfig): Protocol {
  const { mapping, shape, classes } = config
  if (mapping === undefined) throw incomplete('mapping')
  if (shape === undefined) throw incomplete('shape')
  if (classes === undefined) throw incomplete('classes')
  const places = placesIn(mapping.request)
  if (places.length !== 1) {
    throw invalid(`mapping.request holds ${places.length} of "$samples" and "$sample"; write one`)
  }
  const path = mapping.scores ?? mapping.labels
  if (path === undefined) throw incomplete('mapping.scores or mapping.labels')
  const isSingle = places[0] === '$sample'
  const names = typeof classes === 'number' ? undefined : classes
  const count = typeof classes === 'number' ? classes : classes.length
  const { pathname, search } = new URL(config.url)
  return {
    kind: mapping.scores === undefined ? 'labels' : 'scores',
    inputShape: shape,
    classes: count,
    rowsMax: isSingle ? 1 : config.batch,
    path: pathname + search,
    body: (batch) => JSON.stringify(filled(mapping.request, batch)),
    read(answer, n): RemoteAnswer {
      const found = at(answer, stepsOf(path), path)
      if (mapping.scores !== undefined)
        return { kind: 'scores', data: scoresOf(found, n, count, names) }
      return { kind: 'labels', data: labelsOf(found, n, count, names) }
    },
  }
}

/** The words of a template that stand for samples. */
function placesIn(template: unknown): string[] {
  if (template === '$samples' || template === '$sample') return [template]
  if (typeof template !== 'object' || template === null) return []
  return Object.values(template).flatMap(placesIn)
}

/** The template with the samples in their place. */
function filled(template: unknown, batch: Tensor): unknown {
  if (template === '$sample') return nested(row(batch, 0), batch.shape.slice(1))
  if (template === '$samples') {
    return Array.from({ length: rows(batch) }, (_, i) =>
      nested(row(batch, i), batch.shape.slice(1)),
    )
  }
  if (Array.isArray(template)) return template.map((each) => filled(each, batch))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, filled(value, batch)]),
  )
}

function nested(values: Float32Array, shape: readonly number[]): unknown {
  const [size, ...rest] = shape
  if (size === undefined || rest.length === 0) return Array.from(values, shortest)
  const length = values.length / size
  return Array.from({ length: size }, (_, i) =>
    nested(values.subarray(i * length, (i + 1) * length), rest),
  )
}

/** `a.b[0].c[*]` as its steps; the schema has checked the form. */
function stepsOf(path: string): (string | number | '*')[] {
  return [...path.matchAll(/\[(\*|\d+)\]|([^.[\]]+)/g)].map(([, index, name]) => {
    if (index === undefined) return name!
    return index === '*' ? '*' : Number(index)
  })
}

function at(value: unknown, steps: readonly (string | number)[], path: string): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return value
  if (step === '$') return at(value, rest, path)
  if (step === '*') {
    if (!Array.isArray(value)) throw missing(path)
    return value.map((each) => at(each, rest, path))
  }
  if (typeof step === 'number') {
    if (!Array.isArray(value) || step >= value.length) throw missing(path)
    return at(value[step], rest, path)
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
    throw missing(path)
  return at(Reflect.get(value, step), rest, path)
}

/** For each sample a list of numbers, or an object by class names; one sample may stand alone. */
function scoresOf(
  found: unknown,
  n: number,
  classes: number,
  names: readonly string[] | undefined,
): Float32Array {
  const list = Array.isArray(found) ? found : [found]
  const named = list.map((each) => (isRecord(each) ? byName(each, names) : each))
  return finiteNumbers(named, n * classes, 'scores')
}

function byName(scores: Readonly<Record<string, unknown>>, names: readonly string[] | undefined) {
  if (names === undefined)
    throw answerInvalid('names its classes, and classes in merlon.yaml does not')
  const strange = Object.keys(scores).length > names.length
  if (strange) throw answerInvalid('names more classes than merlon.yaml')
  return names.map((name) => (Object.hasOwn(scores, name) ? scores[name] : undefined))
}

function labelsOf(
  found: unknown,
  n: number,
  classes: number,
  names: readonly string[] | undefined,
): Int32Array {
  const list = (Array.isArray(found) ? found : [found]).flat()
  if (list.length !== n) throw answerInvalid(`holds ${list.length} labels for ${n} samples`)
  return Int32Array.from(list, (each) => labelOf(each, classes, names))
}

function labelOf(value: unknown, classes: number, names: readonly string[] | undefined): number {
  const index = typeof value === 'string' && names !== undefined ? names.indexOf(value) : value
  const isLabel = typeof index === 'number' && Number.isInteger(index)
  if (isLabel && index >= 0 && index < classes) return index
  throw answerInvalid(`holds a label that is none of the ${classes} classes`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function missing(path: string): EngineError {
  return answerInvalid(`has nothing at ${path}`)
}

function incomplete(key: string): EngineError {
  return invalid(`a json endpoint needs ${key}`)
}

function invalid(what: string): EngineError {
  return new EngineError('ENDPOINT_INVALID', `${what}; see endpoints in merlon.yaml`)
}
