const formats = new Map<string, Intl.DateTimeFormat>()

/** An instant in full with its zone, as `2026-03-01 12:03:04 UTC`. */
export function formatInstant(at: number, zone?: string): string {
  const part = partsOf(at, zone)
  return `${dateOf(part)} ${clockOf(part)} ${part('timeZoneName')}`
}

/** An instant for a table whose heading names the zone: `2026-03-01 12:03:04`. */
export function formatInstantBare(at: number, zone?: string): string {
  const part = partsOf(at, zone)
  return `${dateOf(part)} ${clockOf(part)}`
}

/** The time of day alone, for axes and for rows of one day: `12:03:04`. */
export function formatClock(at: number, zone?: string): string {
  return clockOf(partsOf(at, zone))
}

/** The short name of the zone at an instant, such as `UTC` or `GMT+2`. */
export function zoneName(at: number, zone?: string): string {
  return partsOf(at, zone)('timeZoneName')
}

/** How long ago (or ahead) an instant is: `3 min ago`, `in 2 h`. */
export function formatAge(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (Math.abs(seconds) < 1) return 'just now'
  const text = spanOf(Math.abs(seconds))
  return seconds < 0 ? `in ${text}` : `${text} ago`
}

function spanOf(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

type Part = (type: Intl.DateTimeFormatPartTypes) => string

function partsOf(at: number, zone: string | undefined): Part {
  const parts = formatOf(zone).formatToParts(at)
  return (type) => parts.find((part) => part.type === type)?.value ?? ''
}

function formatOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(zone ?? '')
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone === undefined ? {} : { timeZone: zone }),
  })
  formats.set(zone ?? '', format)
  return format
}

function dateOf(part: Part): string {
  return `${part('year')}-${part('month')}-${part('day')}`
}

function clockOf(part: Part): string {
  return `${part('hour')}:${part('minute')}:${part('second')}`
}
