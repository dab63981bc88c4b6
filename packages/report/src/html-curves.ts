import type { Curve, Estimate, Report } from '@merlon/core'
import { intervalText, nameText, numberText, valueText } from './figures.ts'
import { type Markup, markup } from './markup.ts'

/** The plots, each with the same numbers as a table below it. */
export function curvePlots({ curves = [] }: Report): Markup | undefined {
  const drawn = curves.filter(({ series }) => series.some(({ points }) => points.length > 0))
  if (drawn.length === 0) return undefined
  return markup`<section id="curves"><h2>Curves</h2><p>Bands and whiskers are 95 % intervals. Under each plot its numbers stand as a table.</p><div class="plots">${drawn.map(plot)}</div></section>`
}

function plot(curve: Curve): Markup {
  const drawing = curve.axis === 'epsilon' ? linePlot(curve) : classPlot(curve)
  return markup`<figure class="card plot"><figcaption class="title">${curve.title}</figcaption>${drawing}${legend(curve)}<details><summary>Numbers</summary>${numbers(curve)}</details></figure>`
}

const size = { width: 480, height: 260, left: 44, right: 14, top: 12, bottom: 34 }
const inner = {
  width: size.width - size.left - size.right,
  height: size.height - size.top - size.bottom,
}
/** More than this many lines cannot be told apart; the others are in the table. */
const linesMax = 6

const atY = (share: number) => size.top + (1 - share) * inner.height

/** Shares over epsilon: a line and a band for each series. */
function linePlot({ series, title }: Curve): Markup {
  const shown = series.slice(0, linesMax)
  const end = Math.max(...series.flatMap(({ points }) => points.map(({ epsilon = 0 }) => epsilon)))
  const atX = (epsilon: number) => size.left + (end === 0 ? 0 : (epsilon / end) * inner.width)
  const ticks = ticksUpTo(end).map((tick) => {
    const x = atX(tick).toFixed(1)
    return markup`<path class="grid" d="M${x} ${size.top}v${inner.height}"/><text x="${x}" y="${size.height - 16}" text-anchor="middle">${numberText(tick)}</text>`
  })
  const lines = shown.map(({ points }, k) => {
    const at = (value: (point: Estimate) => number) => (point: Estimate) =>
      `${atX(point.epsilon ?? 0).toFixed(1)} ${atY(value(point)).toFixed(1)}`
    const upper = points.map(at(({ interval }) => interval[1]))
    const lower = points.map(at(({ interval }) => interval[0])).reverse()
    const middle = points.map(at(({ value }) => value))
    const isSparse = points.length <= 12
    const dots = isSparse
      ? middle.map((place) => {
          const [x, y] = place.split(' ')
          return markup`<circle class="point series-${k}" cx="${x}" cy="${y}" r="3"/>`
        })
      : undefined
    const band =
      k === 0
        ? markup`<path class="band series-${k}" d="M${[...upper, ...lower].join('L')}Z"/>`
        : undefined
    return markup`${band}<path class="line series-${k}" d="M${middle.join('L')}"/>${dots}`
  })
  return markup`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}: plot; the table below has the numbers">${shareAxis()}${ticks}${lines}<text class="soft" x="${size.left + inner.width / 2}" y="${size.height - 2}" text-anchor="middle">epsilon</text></svg>`
}

/** Shares by class: a row of whiskers for each class, one whisker for each series. */
function classPlot({ series, title }: Curve): Markup {
  const names = [
    ...new Set(series.flatMap(({ points }) => points.map((point) => point.class ?? ''))),
  ]
  const row = 11 * series.length + 9
  const left = 92
  const width = size.width - left - size.right
  const height = names.length * row + 30
  const atX = (share: number) => (left + share * width).toFixed(1)
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (tick) =>
      markup`<path class="grid" d="M${atX(tick)} 4v${height - 30}"/><text x="${atX(tick)}" y="${height - 10}" text-anchor="middle">${`${100 * tick} %`}</text>`,
  )
  const rows = names.map((name, at) => {
    const top = at * row + 6
    const marks = series.map(({ points }, k) => {
      const point = points.find((one) => (one.class ?? '') === name)
      if (point === undefined) return undefined
      const y = top + 8 + k * 11
      const [low, high] = point.interval
      return markup`<path class="whiskers series-${k}" d="M${atX(low)} ${y}H${atX(high)}"/><circle class="point series-${k}" cx="${atX(point.value)}" cy="${y}" r="3.5"/>`
    })
    return markup`<text x="${left - 10}" y="${top + row / 2 + 1}" text-anchor="end">${short(name)}</text>${marks}`
  })
  return markup`<svg class="chart" viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${title}: plot; the table below has the numbers">${grid}${rows}</svg>`
}

function shareAxis(): Markup[] {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = atY(share).toFixed(1)
    return markup`<path class="grid" d="M${size.left} ${y}h${inner.width}"/><text x="${size.left - 7}" y="${(atY(share) + 4).toFixed(1)}" text-anchor="end">${`${100 * share} %`}</text>`
  })
}

function legend({ series }: Curve): Markup {
  const shown = series.slice(0, linesMax)
  const more = series.length - shown.length
  return markup`<div class="legend">${shown.map(
    ({ name }, k) =>
      markup`<span><svg class="key" viewBox="0 0 26 10" aria-hidden="true"><path class="line series-${k}" d="M1 5h24"/><circle class="point series-${k}" cx="13" cy="5" r="3"/></svg>${name}</span>`,
  )}${more > 0 ? markup`<span class="soft">and ${more} more in the table</span>` : undefined}</div>`
}

function numbers({ axis, series, title }: Curve): Markup {
  const rows = series.flatMap(({ name, points }) =>
    points.map((point) => {
      const at = axis === 'epsilon' ? numberText(point.epsilon ?? 0) : (point.class ?? '')
      return markup`<tr><th scope="row" class="figure">${name}</th><td>${at}</td><td class="number strong">${valueText(point)}</td><td class="number">${intervalText(point)}</td><td class="number">${point.n}</td><td class="number">${point.queries}</td></tr>\n`
    }),
  )
  return markup`<div class="scroll" role="region" aria-label="${title}: numbers" tabindex="0"><table><thead><tr><th scope="col">Series</th><th scope="col">${nameText(axis)}</th><th scope="col" class="number">Value</th><th scope="col" class="number">95 % interval</th><th scope="col" class="number">Samples</th><th scope="col" class="number">Queries</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** Four to eight round numbers from 0 to the end. */
function ticksUpTo(end: number): number[] {
  if (!(end > 0)) return [0]
  const rough = end / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, k) => k * step)
}

function short(name: string): string {
  return name.length > 12 ? `${name.slice(0, 11)}…` : name
}
