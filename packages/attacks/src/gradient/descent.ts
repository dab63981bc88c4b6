/** Watches objectives fall, to leave a sample alone when they no longer do. */
export interface Descent {
  readonly enter: (index: number, objective: number) => void
  /** Looked at ten times in a run, as in the code of Carlini and Wagner (2017). */
  readonly hasStalled: (index: number, step: number) => boolean
}

/** By how much an objective must fall within a tenth of a run to go on. */
const leastFall = 0.9999

/** The descent of `count` samples over so many steps. */
export function descentOn(count: number, steps: number): Descent {
  const now = new Float64Array(count)
  const before = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const tenth = Math.ceil(steps / 10)
  return {
    enter(index, objective) {
      now[index] = objective
    },
    hasStalled(index, step) {
      if ((step + 1) % tenth !== 0) return false
      const hasFallen = now[index]! <= leastFall * before[index]!
      before[index] = now[index]!
      return !hasFallen
    },
  }
}
