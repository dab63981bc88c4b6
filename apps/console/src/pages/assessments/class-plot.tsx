import type { Curve, Estimate } from '@merlon/api'
import { lookOf } from './curve-look.ts'
import plot from './curves.module.css'

const size = { width: 480, left: 92, right: 28, foot: 30, step: 11 }
const inner = size.width - size.left - size.right
const shares = [0, 0.25, 0.5, 0.75, 1]
const atX = (share: number) => size.left + share * inner
/** Letters of a class that fit; the table has the whole name. */
const nameMax = 12

/** Shares by class: a row for each class, and in it a whisker for each series. */
export function ClassPlot({ curve: { title, series } }: { readonly curve: Curve }) {
  const names = [
    ...new Set(series.flatMap(({ points }) => points.map((point) => point.class ?? ''))),
  ]
  const row = size.step * series.length + 9
  const height = names.length * row + size.foot
  return (
    <svg
      className={plot.chart}
      viewBox={`0 0 ${size.width} ${height}`}
      role="img"
      aria-label={`${title}: plot; the table below has the numbers`}
    >
      {shares.map((share) => (
        <g key={share}>
          <path className={plot.grid} d={`M${atX(share)} 4v${height - size.foot}`} />
          <text x={atX(share)} y={height - 10} className={plot.atMiddle}>
            {100 * share} %
          </text>
        </g>
      ))}
      {names.map((name, at) => (
        <g key={name}>
          <text x={size.left - 10} y={at * row + 7 + row / 2} className={plot.atEnd}>
            {name.length > nameMax ? `${name.slice(0, nameMax - 1)}…` : name}
          </text>
          {series.map(({ name: of, points }, k) => (
            <Whisker
              key={of}
              point={points.find((point) => (point.class ?? '') === name)}
              y={at * row + 14 + k * size.step}
              look={lookOf(k)}
            />
          ))}
        </g>
      ))}
    </svg>
  )
}

interface WhiskerProps {
  readonly point: Estimate | undefined
  readonly y: number
  readonly look: string
}

function Whisker({ point, y, look }: WhiskerProps) {
  if (point === undefined) return null
  const [low, high] = point.interval
  return (
    <g className={look}>
      <path className={plot.whisker} d={`M${atX(low)} ${y}H${atX(high)}`} />
      <circle className={plot.point} cx={atX(point.value)} cy={y} r="3.5" />
    </g>
  )
}
