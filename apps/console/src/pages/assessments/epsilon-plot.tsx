import type { Curve, Estimate } from '@merlon/api'
import { formatNumber } from '../../format/quantity.ts'
import { lookOf } from './curve-look.ts'
import plot from './curves.module.css'
import { ticksUpTo } from './ticks.ts'

/** More lines than this cannot be told apart; the others are in the table. */
export const linesMax = 6

/** Lines with more points than this are drawn without dots. */
const dotsMax = 12
const size = { width: 480, height: 260, left: 46, right: 14, top: 12, bottom: 38 }
const inner = {
  width: size.width - size.left - size.right,
  height: size.height - size.top - size.bottom,
}
const shares = [0, 0.25, 0.5, 0.75, 1]
const atY = (share: number) => size.top + (1 - share) * inner.height

/** Shares over epsilon: a line for each series, and the band of the first, which is the worst case. */
export function EpsilonPlot({ curve: { title, series } }: { readonly curve: Curve }) {
  const end = Math.max(...series.flatMap(({ points }) => points.map(({ epsilon = 0 }) => epsilon)))
  const atX = (epsilon: number) => size.left + (end > 0 ? (epsilon / end) * inner.width : 0)
  return (
    <svg
      className={plot.chart}
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={`${title}: plot; the table below has the numbers`}
    >
      {shares.map((share) => (
        <g key={share}>
          <path className={plot.grid} d={`M${size.left} ${atY(share)}h${inner.width}`} />
          <text x={size.left - 7} y={atY(share) + 4} className={plot.atEnd}>
            {100 * share} %
          </text>
        </g>
      ))}
      {ticksUpTo(end).map((tick) => (
        <g key={tick}>
          <path className={plot.grid} d={`M${atX(tick)} ${size.top}v${inner.height}`} />
          <text x={atX(tick)} y={size.height - 20} className={plot.atMiddle}>
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      {series.slice(0, linesMax).map(({ name, points }, k) => (
        <Line key={name} points={points} atX={atX} look={lookOf(k)} hasBand={k === 0} />
      ))}
      <text x={size.left + inner.width / 2} y={size.height - 4} className={plot.atMiddle}>
        ε, in input units
      </text>
    </svg>
  )
}

interface LineProps {
  readonly points: readonly Estimate[]
  readonly atX: (epsilon: number) => number
  readonly look: string
  readonly hasBand: boolean
}

function Line({ points, atX, look, hasBand }: LineProps) {
  const path = (value: (point: Estimate) => number) =>
    points.map((point) => `${atX(point.epsilon ?? 0).toFixed(1)} ${atY(value(point)).toFixed(1)}`)
  const upper = path(({ interval }) => interval[1])
  const lower = path(({ interval }) => interval[0]).reverse()
  const middle = path(({ value }) => value)
  return (
    <g className={look}>
      {hasBand ? <path className={plot.band} d={`M${[...upper, ...lower].join('L')}Z`} /> : null}
      <path className={plot.line} d={`M${middle.join('L')}`} />
      {points.length > dotsMax
        ? null
        : points.map(({ epsilon = 0, value }) => (
            <circle key={epsilon} className={plot.point} cx={atX(epsilon)} cy={atY(value)} r="3" />
          ))}
    </g>
  )
}
