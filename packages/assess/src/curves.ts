import { type Curve, type Estimate, proportion } from '@merlon/core'
import type { CellResult } from './campaign.ts'
import type { CleanPass } from './clean-pass.ts'
import { count, distancesOf, robustAccuracy, type WorstCase } from './figures.ts'
import { limits } from './limits.ts'

/** What is drawn: robust accuracy over epsilon for each attack that was run on all samples, and by class. */
export function curvesOf(
  clean: CleanPass,
  cells: readonly CellResult[],
  worst: readonly WorstCase[],
  labelNames: readonly string[],
  seed: number,
): Curve[] {
  if (worst.length === 0) return []
  const byEpsilon = epsilonCurve(clean, cells, worst, seed)
  const byClass = classCurve(clean, worst, labelNames, seed)
  return [byEpsilon, byClass].filter(({ series }) => series.length > 0)
}

function epsilonCurve(
  clean: CleanPass,
  cells: readonly CellResult[],
  worst: readonly WorstCase[],
  seed: number,
): Curve {
  const whole = cells.filter(({ n, isOnRemaining }) => n > 0 && !isOnRemaining)
  const minimal = whole.filter(({ declaration }) => declaration.goal === 'minimal')
  const bounded = whole.filter(({ declaration }) => declaration.goal === 'bounded')
  const names = [...new Set(bounded.map(({ attack }) => attack))]
  const alone = worst.every(({ cells: group }) => group.length === 1) && names.length === 1
  return {
    title: 'Robust accuracy by epsilon',
    axis: 'epsilon',
    series: [
      {
        name: alone ? names[0]! : 'worst case',
        points: [atZero(worst[0]!), ...worst.map(({ robust }) => robust)],
      },
      ...(alone ? [] : names).map((name) => ({
        name,
        points: [
          atZero(worst[0]!),
          ...bounded
            .filter(({ attack, epsilon }) => attack === name && epsilon > 0)
            .map((cell) => robustAccuracy(clean, cell, cell.epsilon, seed)),
        ],
      })),
      ...minimal.map((cell) => ({
        name: cell.attack,
        points: gridOf(clean, cell, worst).map((x) => robustAccuracy(clean, cell, x, seed)),
      })),
    ],
  }
}

/** Without room the robust accuracy is the clean one. */
function atZero({ clean, robust }: WorstCase): Estimate {
  return { ...clean, name: 'robust accuracy', epsilon: 0, norm: robust.norm ?? '' }
}

/** From 0 to beyond the planned epsilons, to where nearly all that falls has fallen. */
function gridOf(clean: CleanPass, cell: CellResult, worst: readonly WorstCase[]): number[] {
  const finite = distancesOf(clean, [cell]).filter(Number.isFinite).sort()
  const far = finite[Math.floor(0.95 * finite.length)] ?? 0
  const end = Math.max(far, ...worst.map(({ epsilon }) => epsilon))
  const steps = limits.curvePointsMax - 1
  return Array.from({ length: steps + 1 }, (_, k) => Number(((end * k) / steps).toPrecision(4)))
}

function classCurve(
  { isRight, labels }: CleanPass,
  worst: readonly WorstCase[],
  labelNames: readonly string[],
  seed: number,
): Curve {
  const last = worst.at(-1)! // called with at least one
  const n = last.isStanding.length
  const seen = [...new Set(labels.subarray(0, n))].sort((a, b) => a - b)
  const title = 'Accuracy by class'
  if (seen.length < 2 || seen.length > limits.curveClassesMax) {
    return { title, axis: 'class', series: [] }
  }
  const points = (flags: Uint8Array, of: Pick<Estimate, 'name'> & Partial<Estimate>) =>
    seen.map((label) => {
      const own = flags.subarray(0, n).filter((_, i) => labels[i] === label)
      const { name, attack, norm, epsilon, source } = of
      const given = { attack, norm, epsilon, source }
      const known = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      )
      return proportion(count(own, own.length), own.length, {
        name,
        seed,
        // The queries of the whole figure: they were not counted class by class.
        queries: of.queries ?? own.length,
        labels: { ...known, class: labelNames[label] ?? String(label) },
      })
    })
  return {
    title,
    axis: 'class',
    series: [
      { name: 'clean', points: points(isRight, { name: 'clean accuracy' }) },
      { name: `within ${last.epsilon}`, points: points(last.isStanding, last.robust) },
    ],
  }
}
