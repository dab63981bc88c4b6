import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'

export interface ClassIndex {
  readonly labels: Int32Array
  /** Integers in order of value, anything else in order of code units. */
  readonly labelNames: readonly string[]
}

/**
 * Maps label texts to 0 .. classes - 1.
 * @throws DatasetError DATASET_NOT_CLASSES
 */
export function classIndex(texts: readonly string[], path: string): ClassIndex {
  const distinct = new Set<string>()
  for (const text of texts) {
    distinct.add(text)
    if (distinct.size > limits.classesMax) throw notClasses(path, `more than ${limits.classesMax}`)
  }
  if (distinct.has('')) {
    throw new DatasetError(
      'DATASET_NOT_CLASSES',
      `${path}, row ${texts.indexOf('') + 1}: the label is empty; give each row a label`,
    )
  }
  const labelNames = [...distinct]
  if (labelNames.some(isFraction)) throw notClasses(path, 'fractions among its')
  if (labelNames.every((name) => /^[+-]?\d{1,15}$/.test(name))) {
    labelNames.sort((a, b) => Number(a) - Number(b))
  } else {
    labelNames.sort()
  }
  const indices = new Map(labelNames.map((name, index) => [name, index]))
  return { labels: Int32Array.from(texts, (text) => indices.get(text)!), labelNames }
}

/** 0.5 measures something; 1.0 is how some programs write the class 1. */
function isFraction(text: string): boolean {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) && !Number.isInteger(value)
}

function notClasses(path: string, count: string): DatasetError {
  return new DatasetError(
    'DATASET_NOT_CLASSES',
    `the label column of ${path} has ${count} distinct values; name the column of classes with --labels`,
  )
}
