import { existsSync } from 'node:fs'
import type { DatasetOptions, Split } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'

/** Which members of an NPZ file hold samples and labels; labels may lie in a file of their own. */
export type ArrayPair =
  | { readonly inputs: string; readonly labels: string }
  | { readonly inputs: string; readonly labels: undefined; readonly labelFile: string }

/** What members are called, by what they hold: `x`, and `x_train` or `train_x` for a split. */
const inputNames = ['x', 'inputs', 'images', 'data', 'features', 'samples']
const labelNames = ['y', 'labels', 'label', 'targets', 'target', 'classes']

/**
 * Finds samples and labels among the names of an NPZ file. `options.labels` names the labels: a member, or an NPY file.
 * @throws DatasetError DATASET_AMBIGUOUS, DATASET_SPLIT_MISSING, DATASET_LABELS_MISSING
 */
export function choosePair(
  names: readonly string[],
  { split, labels }: DatasetOptions,
  path: string,
): ArrayPair {
  const wanted: readonly (Split | undefined)[] =
    split === undefined ? [undefined, 'test', 'train'] : [split, undefined]
  for (const part of wanted) {
    const inputs = namedAs(names, inputNames, part)
    if (inputs === undefined) continue
    if (labels !== undefined && names.includes(labels)) return { inputs, labels }
    if (labels !== undefined && existsSync(labels)) {
      return { inputs, labels: undefined, labelFile: labels }
    }
    const own = labels === undefined ? namedAs(names, labelNames, part) : undefined
    if (own !== undefined) return { inputs, labels: own }
    throw new DatasetError(
      'DATASET_LABELS_MISSING',
      `${path} holds ${listed(names)}: no labels for ${inputs}; name them with --labels, a member or an NPY file`,
    )
  }
  if (split !== undefined && namedAs(names, inputNames, other(split)) !== undefined) {
    throw new DatasetError(
      'DATASET_SPLIT_MISSING',
      `${path} has no ${split} split; leave --split out or take the other one`,
    )
  }
  throw new DatasetError(
    'DATASET_AMBIGUOUS',
    `${path} holds ${listed(names)}: name the samples x or inputs and the labels y or labels`,
  )
}

function namedAs(
  names: readonly string[],
  known: readonly string[],
  split: Split | undefined,
): string | undefined {
  const all = known.flatMap((name) =>
    split === undefined ? [name] : [`${name}_${split}`, `${split}_${name}`],
  )
  return names.find((name) => all.includes(name.toLowerCase()))
}

function other(split: Split): Split {
  return split === 'test' ? 'train' : 'test'
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => name.replace(/\p{C}/gu, '?').slice(0, 40))
  return `${shown.join(', ') || 'no array'}${names.length > 8 ? ', ...' : ''}`
}
