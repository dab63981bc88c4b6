import type { Leak } from './leak.ts'

/** The text with each leak as its kind in brackets; the leaks rise and do not overlap. */
export function maskLeaks(text: string, leaks: readonly Leak[]): string {
  const parts: string[] = []
  let read = 0
  for (const { kind, span } of leaks) {
    parts.push(text.slice(read, span.start), `[${kind}]`)
    read = span.end
  }
  return parts.join('') + text.slice(read)
}
