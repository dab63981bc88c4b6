/** Adam (Kingma and Ba 2015, algorithm 1), each variable for itself. */
export interface Adam {
  /** Goes on to the next step, before `change` is asked. */
  readonly advance: () => void
  /** By how much variable `k` goes down its slope, for a step size of 1. */
  readonly change: (k: number, slope: number) => number
}

// The paper's own constants.
const [beta1, beta2, tiny] = [0.9, 0.999, 1e-8]

/** Adam on so many variables, at step 0. */
export function adamOn(size: number): Adam {
  const mean = new Float64Array(size)
  const square = new Float64Array(size)
  let step = 0
  return {
    advance() {
      step += 1
    },
    change(k, slope) {
      mean[k] = beta1 * mean[k]! + (1 - beta1) * slope
      square[k] = beta2 * square[k]! + (1 - beta2) * slope * slope
      const unbiasedMean = mean[k]! / (1 - beta1 ** step)
      const unbiasedSquare = square[k]! / (1 - beta2 ** step)
      return -unbiasedMean / (Math.sqrt(unbiasedSquare) + tiny)
    },
  }
}
