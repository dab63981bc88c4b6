import type { Span, ViewName } from '../views/view.ts'

/** What sort of leak it is; a rule of `merlon explain`. */
export type LeakRule = 'text/pii'

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

/** Leaks by place; of leaks that overlap the earlier, then the longer, then the first found stays. */
export function withoutOverlaps(leaks: readonly Leak[]): Leak[] {
  const kept: Leak[] = []
  const order = [...leaks].sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end)
  for (const leak of order) if ((kept.at(-1)?.span.end ?? 0) <= leak.span.start) kept.push(leak)
  return kept
}
