import type { Estimate } from '@merlon/core'

/** A share as `98.0 %`, anything else with four significant digits. */
export function valueText({ value, method }: Estimate): string {
  return figureText(value, isShare(method))
}

/** The 95 % interval as `96.2 to 99.0 %`. */
export function intervalText({ interval: [low, high], method }: Estimate): string {
  const isPercent = isShare(method)
  const first = figureText(low, isPercent)
  return `${isPercent ? first.replace(' %', '') : first} to ${figureText(high, isPercent)}`
}

/** Four significant digits, without trailing zeros. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** Milliseconds as `850 ms`, `12.3 s` or `4 min 5 s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Milliseconds since 1970 as `2026-03-01 12:00:00 UTC`; `-` where there is none. */
export function instantText(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return '-'
  return new Date(ms).toISOString().replace(/^(.{10})T(.{8}).*$/, '$1 $2 UTC')
}

function isShare(method: Estimate['method']): boolean {
  return method === 'wilson' || method === 'clopper-pearson'
}

function figureText(value: number, isPercent: boolean): string {
  return isPercent ? `${(100 * value).toFixed(1)} %` : numberText(value)
}
