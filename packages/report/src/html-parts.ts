import type { Estimate, RunVerdict, Severity } from '@merlon/core'
import { isShare } from './figures.ts'
import { type Markup, markup, verbatim } from './markup.ts'

/** A state as the report draws it: colour, icon and word always together. */
export type State = Severity | RunVerdict | 'healthy' | 'unhealthy' | 'unchecked'

/** Strokes on a grid of 16, drawn in the colour of the text beside them. */
const shapes = {
  critical: 'M8 1.8 14.2 8 8 14.2 1.8 8zM8 5v3.6M8 10.9v.1',
  high: 'M8 2.2 14.5 13.5h-13zM8 6.2v3.6M8 11.6v.1',
  medium: 'M8 2.2 14.5 13.5h-13zM5.8 10.8h4.4',
  low: 'M8 13.8 1.5 2.5h13z',
  info: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 7.4v3.6M8 5v.1',
  ok: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.3 8.2l1.9 1.9 3.6-4',
  attention: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.6M8 10.9v.1',
  error: 'M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4zM6 6l4 4M10 6l-4 4',
  unchecked: 'M5.6 8h4.8',
} as const

const states: Readonly<
  Record<
    State,
    { readonly word: string; readonly icon: keyof typeof shapes; readonly tone: string }
  >
> = {
  critical: { word: 'Critical', icon: 'critical', tone: 'critical' },
  high: { word: 'High', icon: 'high', tone: 'high' },
  medium: { word: 'Medium', icon: 'medium', tone: 'medium' },
  low: { word: 'Low', icon: 'low', tone: 'low' },
  info: { word: 'Info', icon: 'info', tone: 'info' },
  clean: { word: 'Clean', icon: 'ok', tone: 'ok' },
  findings: { word: 'Findings', icon: 'high', tone: 'high' },
  incomplete: { word: 'Incomplete', icon: 'unchecked', tone: 'unchecked' },
  error: { word: 'Error', icon: 'error', tone: 'critical' },
  healthy: { word: 'Healthy', icon: 'ok', tone: 'ok' },
  unhealthy: { word: 'Unhealthy', icon: 'attention', tone: 'high' },
  unchecked: { word: 'Not checked', icon: 'unchecked', tone: 'unchecked' },
}

/** A state as icon and word on its colour. */
export function badge(state: State): Markup {
  const { word } = states[state]
  return markup`<span class="badge ${toneOf(state)}">${icon(state)}${word}</span>`
}

/** The icon of a state; open and dashed where nobody looked. */
export function icon(state: State): Markup {
  const name = states[state].icon
  const ring =
    name === 'unchecked' ? verbatim('<circle class="ring" cx="8" cy="8" r="6"/>') : undefined
  return markup`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${ring}<path d="${shapes[name]}"/></svg>`
}

/** The class that colours a state. */
export function toneOf(state: State): string {
  return states[state].tone
}

/** The word of a state. */
export function wordOf(state: State): string {
  return states[state].word
}

/** Merlon's mark: the solid parts of a battlement. */
export const mark = verbatim(
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7"/><path d="M6 8h5v5h2.5V8h5v5H21V8h5v16H6z"/></svg>',
)

const width = 220
const inset = 5

/** A figure and its interval on an axis: a dot between whiskers. The numbers stand beside it as text. */
export function whisker({ value, interval: [low, high] }: Estimate, [from, to]: Axis): Markup {
  const at = (x: number) => {
    const share = to === from ? 0 : Math.min(1, Math.max(0, (x - from) / (to - from)))
    return (inset + share * (width - 2 * inset)).toFixed(1)
  }
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = at(from + share * (to - from))
    return markup`<path class="tick" d="M${x} 2v16"/>`
  })
  const [a, b] = [at(low), at(high)]
  return markup`<svg class="whisker" viewBox="0 0 ${width} 20" aria-hidden="true">${ticks}<path class="span" d="M${a} 10H${b}"/><path class="ends" d="M${a} 5.5v9M${b} 5.5v9"/><circle class="dot" cx="${at(value)}" cy="10" r="4"/></svg>`
}

export type Axis = readonly [from: number, to: number]

/** 0 to 1 for shares; else from 0 to the largest end of an interval among figures of the same name. */
export function axisOf(estimate: Estimate, all: readonly Estimate[]): Axis {
  if (isShare(estimate)) return [0, 1]
  const ends = all.filter(({ name }) => name === estimate.name).flatMap(({ interval }) => interval)
  return [Math.min(0, ...ends), Math.max(0, ...ends)]
}
