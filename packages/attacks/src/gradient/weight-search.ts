/**
 * Looks for the least weight c of the loss with which an attack still succeeds, sample by sample: tenfold while it
 * fails, then by halves (Carlini and Wagner 2017, section V-B and their code).
 */
export interface WeightSearch {
  readonly weight: (index: number) => number
  /** Whether the attack succeeded with the weight that it had. */
  readonly tell: (index: number, hasSucceeded: boolean) => void
}

/** A search on each of `count` samples. */
export function weightSearch(count: number, initialWeight: number): WeightSearch {
  const weights = new Float64Array(count).fill(initialWeight)
  const low = new Float64Array(count)
  const high = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  return {
    weight: (index) => weights[index]!,
    tell(index, hasSucceeded) {
      if (hasSucceeded) high[index] = weights[index]!
      else low[index] = weights[index]!
      weights[index] =
        high[index] === Number.POSITIVE_INFINITY
          ? weights[index]! * 10
          : (low[index]! + high[index]!) / 2
    },
  }
}
