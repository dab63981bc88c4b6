import 'uplot/dist/uPlot.min.css'
import type { Overview } from '@merlon/api'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { formatClock } from '../../format/time.ts'
import { themeChoice, useChoice } from '../../stored-choice.ts'
import styles from './traffic.module.css'

interface TrafficChartProps {
  readonly traffic: Overview['traffic']
  readonly label: string
}

const heightPx = 184

/** Bars per minute, blocked ones standing on passed ones. */
export function TrafficChart({ traffic, label }: TrafficChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const theme = useChoice(themeChoice)
  const data = useRef(stack(traffic))
  data.current = stack(traffic)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of theme draws with new colours
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const draw = () => {
      plot.current?.destroy()
      plot.current = new uPlot(optionsFor(element), data.current, element)
    }
    draw()
    const system = matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', draw)
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: heightPx }),
    )
    sizes.observe(element)
    return () => {
      system.removeEventListener('change', draw)
      sizes.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [theme])
  useEffect(() => plot.current?.setData(stack(traffic)), [traffic])
  return <div ref={place} role="img" aria-label={label} className={styles.chart} />
}

/** uPlot draws series over each other: the sum first, the passed over it, so that the rest is blocked. */
function stack(traffic: Overview['traffic']): uPlot.AlignedData {
  return [
    traffic.map(({ at }) => at / 1000),
    traffic.map(({ passed, blocked }) => passed + blocked),
    traffic.map(({ passed }) => passed),
  ]
}

function optionsFor(element: HTMLElement): uPlot.Options {
  // Tokens are written with light-dark(), which a canvas does not know: ask what they come to.
  const colour = (variable: string) => {
    element.style.color = `var(${variable})`
    return getComputedStyle(element).color
  }
  const ink = colour('--ink-soft')
  const line = colour('--line')
  const font = `11px ${getComputedStyle(element).fontFamily}`
  const bars = uPlot.paths.bars?.({ size: [0.72, 14] })
  const series = (label: string, fill: string): uPlot.Series => ({
    label,
    fill,
    width: 0,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars }),
  })
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    scales: {
      // Half a minute on each side, so that the first and the last bar are whole.
      x: { range: (_, min, max) => [min - 30, max + 30] },
      y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.05))] },
    },
    series: [
      {},
      series('Blocked', colour('--chart-block')),
      series('Passed', colour('--chart-pass')),
    ],
    axes: [
      {
        stroke: ink,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 24,
        values: (_, ticks) => ticks.map((tick) => formatClock(tick * 1000).slice(0, 5)),
      },
      {
        stroke: ink,
        font,
        size: 36,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
      },
    ],
  }
}
