const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 20 })

/** A count with its thousands set apart: 12,345. */
export function formatCount(count: number): string {
  return grouped.format(count)
}

/** A count with what is counted: `1 sample`, `1,200 samples`. */
export function formatCountOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** A size in binary units with three significant digits: `999 B`, `1.50 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : threeDigits(value)} ${units[unit]}`
}

/** A duration in the unit that keeps three significant digits readable: `0.42 ms`, `1.20 s`. */
export function formatDuration(ms: number): string {
  // A clock of whole milliseconds has nothing to say about their fractions.
  if (Number.isInteger(ms) && ms < 1000) return ms === 0 ? '< 1 ms' : `${ms} ms`
  if (ms < 999.5) return `${threeDigits(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 59.95) return `${threeDigits(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** A share of one as a percentage with one decimal: `87.0 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** A tensor's shape, with `n` where the size is not fixed: `n × 1 × 28 × 28`. */
export function formatShape(shape: readonly number[]): string {
  if (shape.length === 0) return 'scalar'
  return shape.map((size) => (size < 0 ? 'n' : grouped.format(size))).join(' × ')
}

/** A measured number as it is, to at most four significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return Number.isInteger(value) ? grouped.format(value) : String(Number(value.toPrecision(4)))
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}
