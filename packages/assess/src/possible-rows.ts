import { type Constraints, costOf, faultsOf, unitsOf } from '@merlon/attacks'
import type { Dataset } from '@merlon/dataset'
import type { LabelAccess } from '@merlon/model'
import { distance, type Norm, row, rows, tensor } from '@merlon/tensor'
import { AssessError } from './assess-error.ts'
import { batchesOf } from './batches.ts'

/**
 * Refuses a description that is not of this data, and data that breaks its own description: attacks on such rows would be
 * left out one by one, and what is left would say nothing.
 * @throws AssessError MODEL_DATA_MISMATCH
 */
export function checkRowsExist(
  constraints: Constraints,
  model: LabelAccess,
  dataset: Dataset,
  n: number,
): void {
  const width = dataset.sampleShape.reduce((product, size) => product * size, 1)
  if (width !== constraints.columns.length) {
    throw mismatch(
      `${constraints.columns.length} columns are described but ${dataset.name} has ${width}; describe each column of the features once`,
    )
  }
  for (const { start, inputs } of batchesOf(dataset, model, n)) {
    for (let i = 0; i < rows(inputs); i++) {
      const [fault] = faultsOf(constraints, row(inputs, i))
      if (fault === undefined) continue
      throw mismatch(
        `row ${start + i} of ${dataset.name} breaks the description of its columns: ${fault.sentence}; correct the row or the description`,
      )
    }
  }
}

/** What an adversarial row is worth, looked at apart from what made it. */
export interface RowVerdict {
  /** What the validator says: the row can be made of its origin. */
  readonly isPossible: boolean
  /** In units of the columns' scales. */
  readonly distance: number
  /** What its changes cost. */
  readonly cost: number
}

/** The judge of rows under constraints. */
export function rowJudge(constraints: Constraints, norm: Norm) {
  const units = unitsOf(constraints)
  const scaled = (values: Float32Array) => {
    const data = values.map((value, k) => value / constraints.columns[k]!.scale)
    return tensor([1, data.length], data)
  }
  return (origin: Float32Array, made: Float32Array): RowVerdict => ({
    isPossible: faultsOf(constraints, made, origin).length === 0,
    distance: distance(scaled(made), scaled(origin), norm, 0),
    cost: costOf(constraints, units, origin, made),
  })
}

/** What was changed of a row, for people: `hours 40 -> 45`; of one-hot columns the one that became 1. */
export function changesText(
  { columns, oneHot }: Constraints,
  origin: Float32Array,
  made: Float32Array,
): string {
  const grouped = new Set(oneHot.flat())
  const changed = [...columns.keys()].filter((k) => {
    return made[k] !== origin[k] && (!grouped.has(k) || made[k] === 1)
  })
  const texts = changed.slice(0, shownMax).map((k) => {
    const name = JSON.stringify(columns[k]!.name.slice(0, 40))
    return grouped.has(k) ? `${name} chosen` : `${name} ${short(origin[k]!)} -> ${short(made[k]!)}`
  })
  const more = changed.length - texts.length
  return `${texts.join(', ')}${more === 0 ? '' : ` and ${more} more`}`
}

const shownMax = 5

function short(value: number): string {
  return String(Number(value.toPrecision(6)))
}

/** The description in a line, for the report. */
export function constraintsText({ columns, oneHot, rules }: Constraints): string {
  const fixed = columns.filter(({ change }) => change === 'none').length
  const oneWay = columns.filter(({ change }) => change === 'rise' || change === 'fall').length
  return `${columns.length} columns (${fixed} fixed, ${oneWay} one-way), ${oneHot.length} one-hot groups, ${rules.length} rules`
}

function mismatch(message: string): AssessError {
  return new AssessError('MODEL_DATA_MISMATCH', message)
}
