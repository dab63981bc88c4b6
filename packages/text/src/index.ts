/** Reads text for what it hides and what it leaks. No I/O. */
export { textErrorPages } from './error-pages.ts'
export {
  type Channel,
  channels,
  type Judgement,
  type TextGuard,
  textGuard,
  verdictOf,
} from './guard.ts'
export { leakFindings } from './leak-findings.ts'
export { type LeakOptions, type LeakSearch, leakSearch, maskingStream } from './leaks/find-leaks.ts'
export type { Leak, LeakRule } from './leaks/leak.ts'
export { maskLeaks } from './leaks/mask.ts'
export { createVault, type Vault } from './leaks/vault.ts'
export { type TextRule, textRules } from './rules.ts'
export type { LeakStream, Looked, Released } from './stream/leak-stream.ts'
export { TextError, type TextErrorCode } from './text-error.ts'
export { readViews, type Views, wordViews } from './views/read-views.ts'
export { type Span, spanOf, type View, type ViewName } from './views/view.ts'
