import type { Span, ViewName } from '../views/view.ts'

/** What sort of leak it is; a rule of `merlon explain`. */
export type LeakRule = 'text/pii' | 'text/secret'

/** Something in a text that should not go where the text goes. */
export interface Leak {
  readonly rule: LeakRule
  /** Such as `iban` or `github-pat`. */
  readonly kind: string
  /** In the written text. */
  readonly span: Span
  /** The view that showed it; `decoded` means that it was hidden. */
  readonly view: ViewName
  /** What it says in that view. Hostile and secret: never log it. */
  readonly value: string
}

const urgency: readonly LeakRule[] = ['text/secret', 'text/pii']

/** Leaks by place; those that overlap become one, which covers them all and has the name of the most urgent, then the longest. */
export function withoutOverlaps(leaks: readonly Leak[]): Leak[] {
  const kept: Leak[] = []
  const order = [...leaks].sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end)
  for (const leak of order) {
    const last = kept.at(-1)
    if (last === undefined || last.span.end <= leak.span.start) kept.push(leak)
    else kept[kept.length - 1] = together(last, leak)
  }
  return kept
}

function together(a: Leak, b: Leak): Leak {
  const length = ({ span }: Leak) => span.end - span.start
  const order = urgency.indexOf(a.rule) - urgency.indexOf(b.rule) || length(b) - length(a)
  const span = { start: a.span.start, end: Math.max(a.span.end, b.span.end) }
  return { ...(order <= 0 ? a : b), span }
}
