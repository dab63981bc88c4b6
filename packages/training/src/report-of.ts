import { type Finding, proportion, type Report, type Skipped } from '@merlon/core'
import type { Score } from './accuracy.ts'
import { trainingRules } from './finding-rules.ts'
import type { Epoch, TrainOptions } from './train-standard.ts'

/** The figures of a training, what they say, and what was not measured. */
export function reportOf(
  options: TrainOptions,
  epochs: readonly Epoch[],
  test: Score | undefined,
  isStopped: boolean,
): Pick<Report, 'findings' | 'estimates' | 'skipped'> {
  const { seed } = options
  const heldOut = epochs.flatMap(({ epoch, heldOut: score }) =>
    score === undefined ? [] : [estimate('held-out accuracy', score, seed, `epoch ${epoch}`)],
  )
  const tested =
    test === undefined ? [] : [estimate('test accuracy', test, seed, options.test?.name ?? 'test')]
  const kept = epochs.findLast(({ isBest }) => isBest)
  return {
    findings: guessing(options, test ?? kept?.heldOut),
    estimates: [...heldOut, ...tested],
    skipped: unmeasured(options, epochs, test, isStopped),
  }
}

function estimate(name: string, { right, n }: Score, seed: number, source: string) {
  return proportion(right, n, { name, seed, queries: n, labels: { source } })
}

function unmeasured(
  { recipe, test: testSet }: TrainOptions,
  epochs: readonly Epoch[],
  test: Score | undefined,
  isStopped: boolean,
): Skipped[] {
  const why = 'the run was interrupted'
  const left = recipe.epochs - epochs.length
  const first = epochs.length + 1
  return [
    ...(left > 0 && isStopped
      ? [{ what: left === 1 ? `epoch ${first}` : `epochs ${first} to ${recipe.epochs}`, why }]
      : []),
    ...(testSet !== undefined && test === undefined ? [{ what: 'test accuracy', why }] : []),
    ...(testSet === undefined && recipe.validationShare === 0
      ? [{ what: 'accuracy', why: 'there is no test split and nothing was held out' }]
      : []),
  ]
}

/** A model that is not shown to be better than naming the most frequent class is a finding. */
function guessing({ modelName, seed }: TrainOptions, score: Score | undefined): Finding[] {
  if (score === undefined || score.n === 0) return []
  const { value, interval } = proportion(score.right, score.n, {
    name: 'accuracy',
    seed,
    queries: score.n,
  })
  const guess = score.mostFrequent / score.n
  if (interval[0] > guess) return []
  const rule = 'training/no-better-than-guessing'
  return [
    {
      id: `${rule}:${modelName}`,
      rule,
      severity: 'medium',
      title: trainingRules[rule].title,
      place: { kind: 'model', path: modelName },
      evidence: `${(100 * value).toFixed(1)} % right of ${score.n}; the most frequent class alone gives ${(100 * guess).toFixed(1)} %`,
      fix: trainingRules[rule].fix,
      references: [],
    },
  ]
}
