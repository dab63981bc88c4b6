import type { Estimate } from '@merlon/core'

/** True for shares of n, which are written in per cent and drawn on an axis from 0 to 1. */
export function isShare({ method }: Pick<Estimate, 'method'>): boolean {
  return method === 'wilson' || method === 'clopper-pearson'
}

/** The value as a reader sees it: `98.0 %`, or four significant digits. */
export function valueText(estimate: Estimate): string {
  return figureText(estimate.value, isShare(estimate))
}

/** The 95 % interval as a reader sees it: `96.2 to 99.0 %`. */
export function intervalText(estimate: Estimate): string {
  const [low, high] = estimate.interval
  if (!isShare(estimate)) return `${figureText(low, false)} to ${figureText(high, false)}`
  return `${(100 * low).toFixed(1)} to ${figureText(high, true)}`
}

/** Four significant digits, without trailing zeros. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return String(Number(value.toPrecision(4)))
}

/** `robust-accuracy` and `robustAccuracy` as `Robust accuracy`. */
export function nameText(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[-_]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase()
}

const norms: Readonly<Record<string, string>> = { linf: 'L∞', l2: 'L2', l1: 'L1', l0: 'L0' }

/** What the estimate is of, such as `pgd`, `L∞`, `ε 0.3`. */
export function labelTexts(estimate: Estimate): string[] {
  const { attack, norm, epsilon, source } = estimate
  return [
    attack,
    norm === undefined ? undefined : (norms[norm] ?? norm),
    epsilon === undefined ? undefined : `ε ${numberText(epsilon)}`,
    estimate.class === undefined ? undefined : `class ${estimate.class}`,
    source,
  ].filter((text) => text !== undefined)
}

/** Milliseconds as `850 ms`, `12.3 s` or `4 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `2026-03-01T12:00:00.000Z` as `2026-03-01 12:00:00 UTC`; anything else as it is. */
export function instantText(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC')
}

/** `1 finding`, `2 findings`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function figureText(value: number, share: boolean): string {
  return share ? `${(100 * value).toFixed(1)} %` : numberText(value)
}
