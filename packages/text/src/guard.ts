import type { Skipped, VerdictKind } from '@merlon/core'
import { type LeakOptions, leakSearch } from './leaks/find-leaks.ts'
import type { Leak } from './leaks/leak.ts'
import { textRules } from './rules.ts'

/** Where a text stands in a conversation. */
export const channels = ['system', 'user', 'tool', 'document'] as const
export type Channel = (typeof channels)[number]

/** What the guard thinks of a text. */
export interface Judgement {
  /** The strictest of what the rules of its leaks ask for. */
  readonly verdict: VerdictKind
  /** 0 to 1: how sure the guard is that something is wrong; rules with arithmetic are sure. */
  readonly score: number
  /** Which stage decided; 0 is rules and arithmetic. */
  readonly stage: 0
  readonly leaks: readonly Leak[]
  /** What was not looked at; with any of it a text without leaks is not clean. */
  readonly skipped: readonly Skipped[]
}

/** Judges texts. */
export type TextGuard = (text: string) => Judgement

const strictness: readonly VerdictKind[] = ['pass', 'review', 'rewrite', 'block']

/** A guard with its options; make it once and use it for every text. */
export function textGuard(options: LeakOptions = {}): TextGuard {
  const find = leakSearch(options)
  return (text) => {
    const { leaks, unread } = find(text)
    return {
      verdict: verdictOf(leaks),
      score: leaks.length > 0 ? 1 : 0,
      stage: 0,
      leaks,
      skipped: [injectionSkipped, ...unread.map((what) => ({ what, why: 'a limit' }))],
    }
  }
}

/** The strictest of what the rules of some leaks ask for. */
export function verdictOf(leaks: readonly Leak[]): VerdictKind {
  const asked = leaks.map(({ rule }) => strictness.indexOf(textRules[rule].verdict))
  return strictness[asked.reduce((strictest, one) => Math.max(strictest, one), 0)]!
}

const injectionSkipped: Skipped = {
  what: 'prompt injection',
  why: 'this version has no detector for it; personal data and secrets are looked for',
}
