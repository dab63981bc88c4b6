import { type Leak, withoutOverlaps } from '../leaks/leak.ts'
import { limits } from '../limits.ts'

/** What one look at a piece of text found, in its own offsets. */
export interface Looked {
  readonly leaks: readonly Leak[]
  readonly unread: readonly string[]
}

/** What a stream lets go: text with its leaks masked, and those leaks in offsets of the whole stream. */
export interface Released extends Looked {
  readonly text: string
}

/** A text that arrives in chunks. What leaves it does not depend on where they are cut. */
export interface LeakStream {
  push(chunk: string): Released
  /** The rest; nothing may follow. */
  end(): Released
}

const { tileChars, lookaheadChars, contextChars } = limits

/**
 * Reads a text in tiles of fixed size: a tile is looked at with what stands before it and what follows, and owns
 * the leaks that begin in it. Tiles begin at multiples of their size, so that chunks cannot move them, and the time for each is bounded.
 */
export function leakStream(look: (slice: string) => Looked): LeakStream {
  let buffer = ''
  /** Where the buffer, the tile and what was not yet released begin in the stream. */
  let bufferAt = 0
  let tileAt = 0
  let releasedTo = 0
  /** The last leak of the tile before, if it reaches into this one; it may still grow. */
  let pending: Leak | undefined
  let isOpen = false

  const between = (from: number, to: number) => buffer.slice(from - bufferAt, to - bufferAt)
  /** One tile, of which [tileAt, boundary) is settled, seen up to `seenTo`. */
  const settle = (boundary: number, seenTo: number, isLast: boolean): Released => {
    const sliceAt = Math.max(0, tileAt - contextChars)
    const { leaks: seen, unread } = look(between(sliceAt, seenTo))
    const owned = seen
      .map((leak) => moved(leak, sliceAt))
      .filter(({ span }) => span.start >= tileAt && (isLast || span.start < boundary))
    const before = pending === undefined || !isOpen ? pending : grown(pending, between, seenTo)
    const leaks = withoutOverlaps(before === undefined ? owned : [before, ...owned])
    const last = leaks.at(-1)
    pending = last !== undefined && !isLast && last.span.end > boundary ? last : undefined
    isOpen = pending?.span.end === seenTo
    const settled = pending === undefined ? leaks : leaks.slice(0, -1)
    const to = Math.min(boundary, pending?.span.start ?? boundary)
    const text = released(to, settled)
    tileAt = boundary
    const needed = Math.max(bufferAt, tileAt - contextChars)
    buffer = buffer.slice(needed - bufferAt)
    bufferAt = needed
    return { text, leaks: settled, unread }
  }
  /** The text up to `to` with its leaks masked; a leak may have begun before what the buffer still holds. */
  const released = (to: number, leaks: readonly Leak[]): string => {
    const from = releasedTo
    releasedTo = Math.max(from, to)
    const parts: string[] = []
    let read = from
    for (const { kind, span } of leaks) {
      parts.push(between(read, span.start), `[${kind}]`)
      read = span.end
    }
    return parts.join('') + (read < to ? between(read, to) : '')
  }

  return {
    push(chunk) {
      buffer += chunk
      const all: Released[] = []
      while (bufferAt + buffer.length > tileAt + tileChars + lookaheadChars) {
        all.push(settle(tileAt + tileChars, tileAt + tileChars + lookaheadChars, false))
      }
      return together(all)
    },
    end: () => settle(bufferAt + buffer.length, bufferAt + buffer.length, true),
  }
}

function moved(leak: Leak, by: number): Leak {
  return { ...leak, span: { start: leak.span.start + by, end: leak.span.end + by } }
}

// A leak that reaches the end of what was seen goes on for as long as its characters do.
const ofArmour = /^[\w+/=\r\n\\-]*/
const ofWord = /^[^\s"'<>`]*/

/** A leak that was cut off by the end of what could be seen, up to where it ends or is cut off again. */
function grown(leak: Leak, between: (from: number, to: number) => string, seenTo: number): Leak {
  const { start, end } = leak.span
  const rest = leak.kind === 'private-key' ? ofArmour : ofWord
  const more = rest.exec(between(end, seenTo))?.[0].length ?? 0
  return { ...leak, span: { start, end: end + more } }
}

/** What several tiles let go, as one. */
export function together(parts: readonly Released[]): Released {
  return {
    text: parts.map(({ text }) => text).join(''),
    leaks: parts.flatMap(({ leaks }) => leaks),
    unread: [...new Set(parts.flatMap(({ unread }) => unread))],
  }
}
