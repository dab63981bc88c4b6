import type { CountryCode } from 'libphonenumber-js/max'
import { readViews, type Views } from '../views/read-views.ts'
import { spanOf } from '../views/view.ts'
import { findAddresses, phoneFinder } from './find-contacts.ts'
import { findIdentifiers } from './find-identifiers.ts'
import type { Finder } from './hit.ts'
import { type Leak, type LeakRule, withoutOverlaps } from './leak.ts'
import { findAssigned } from './secrets/find-assigned.ts'
import { findPassages } from './secrets/find-passages.ts'
import { findTokens } from './secrets/find-tokens.ts'

/** What to look for; everything unless told otherwise. */
export interface LeakOptions {
  /** ISO 3166 codes of the countries whose telephone numbers are known without their country code. */
  readonly phoneRegions?: readonly CountryCode[]
}

/** Looks through texts for leaks. */
export type LeakSearch = (text: string, views?: Views) => readonly Leak[]

/** A search with its options; make it once and use it for every text. */
export function leakSearch({ phoneRegions }: LeakOptions = {}): LeakSearch {
  // Of leaks at one place the first finder's stands.
  const finders: readonly (readonly [LeakRule, Finder])[] = [
    ['text/secret', findPassages],
    ['text/secret', findTokens],
    ['text/secret', findAssigned],
    ['text/pii', findIdentifiers],
    ['text/pii', findAddresses],
    ['text/pii', phoneFinder(phoneRegions)],
  ]
  return (text, views = readViews(text)) => {
    const leaks = views.distinct.flatMap((view) => {
      const reader = { text: view.text, lower: view.text.toLowerCase() }
      return finders.flatMap(([rule, find]) =>
        find(reader).map(({ kind, from, to }): Leak => {
          const value = view.text.slice(from, to)
          return { rule, kind, span: spanOf(view, from, to), view: view.name, value }
        }),
      )
    })
    return withoutOverlaps(leaks)
  }
}
