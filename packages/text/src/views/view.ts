/** A half-open range of UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A text as it may be meant, with the way back to the text as it was written. */
export interface View {
  readonly name: ViewName
  readonly text: string
  /** For each unit of `text`, where in the written text it comes from: [starts[i], ends[i]). */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

export type ViewName = 'written' | 'plain' | 'decoded' | 'folded' | 'rot13' | 'reversed'

/** What stands instead of [from, to) of a view; each of its units comes from that whole range. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** The text itself, as a view. */
export function writtenView(text: string): View {
  const starts = new Uint32Array(text.length)
  const ends = new Uint32Array(text.length)
  for (let i = 0; i < text.length; i++) {
    starts[i] = i
    ends[i] = i + 1
  }
  return { name: 'written', text, starts, ends }
}

/** Where [from, to) of a view, which is not empty, stands in the written text. */
export function spanOf({ starts, ends }: View, from: number, to: number): Span {
  // Maps rise everywhere, or fall everywhere where the view reads backwards.
  const last = to - 1
  return {
    start: Math.min(starts[from]!, starts[last]!),
    end: Math.max(ends[from]!, ends[last]!),
  }
}

/** A view with edits, which rise and do not overlap; the same view where there are none. */
export function edited(view: View, name: ViewName, edits: readonly Edit[]): View {
  if (edits.length === 0) return view
  const added = edits.reduce((sum, { from, to, text }) => sum + text.length - (to - from), 0)
  const length = view.text.length + added
  const starts = new Uint32Array(length)
  const ends = new Uint32Array(length)
  const parts: string[] = []
  let read = 0
  let made = 0
  const keep = (to: number) => {
    parts.push(view.text.slice(read, to))
    starts.set(view.starts.subarray(read, to), made)
    ends.set(view.ends.subarray(read, to), made)
    made += to - read
  }
  for (const { from, to, text } of edits) {
    keep(from)
    parts.push(text)
    const span = spanOf(view, from, to)
    starts.fill(span.start, made, made + text.length)
    ends.fill(span.end, made, made + text.length)
    made += text.length
    read = to
  }
  keep(view.text.length)
  return { name, text: parts.join(''), starts, ends }
}
