import type { CountryCode } from 'libphonenumber-js/max'
import { limits } from '../limits.ts'
import { type LeakStream, type Looked, leakStream, together } from '../stream/leak-stream.ts'
import { TextError } from '../text-error.ts'
import { readViews } from '../views/read-views.ts'
import { spanOf } from '../views/view.ts'
import { findAddresses, phoneFinder } from './find-contacts.ts'
import { findIdentifiers } from './find-identifiers.ts'
import type { Finder } from './hit.ts'
import type { Leak, LeakRule } from './leak.ts'
import { findAssigned } from './secrets/find-assigned.ts'
import { findPassages } from './secrets/find-passages.ts'
import { findTokens } from './secrets/find-tokens.ts'

/** What to look for; everything unless told otherwise. */
export interface LeakOptions {
  /** ISO 3166 codes of the countries whose telephone numbers are known without their country code. */
  readonly phoneRegions?: readonly CountryCode[]
}

/** Looks through one piece of text for leaks, which may overlap. */
type Look = (slice: string) => Looked

/** Looks through whole texts for leaks, which rise and do not overlap. */
export type LeakSearch = (text: string) => Looked

/**
 * A search with its options; make it once and use it for every text. A long text is read as a stream is.
 * @throws TextError TEXT_TOO_LONG when it searches
 */
export function leakSearch(options: LeakOptions = {}): LeakSearch {
  const look = lookFor(options)
  return (text) => {
    if (text.length > limits.charsMax) {
      const message = `the text has ${text.length} characters, more than ${limits.charsMax}; give it as a stream`
      throw new TextError('TEXT_TOO_LONG', message)
    }
    const stream = leakStream(look)
    const { leaks, unread } = together([stream.push(text), stream.end()])
    return { leaks, unread }
  }
}

/** A stream that masks leaks as it goes; its leaks and its text are those of the whole, however it is cut. */
export function maskingStream(options: LeakOptions = {}): LeakStream {
  return leakStream(lookFor(options))
}

function lookFor({ phoneRegions }: LeakOptions): Look {
  // Of leaks at one place the first finder's stands.
  const finders: readonly (readonly [LeakRule, Finder])[] = [
    ['text/secret', findPassages],
    ['text/secret', findTokens],
    ['text/secret', findAssigned],
    ['text/pii', findIdentifiers],
    ['text/pii', findAddresses],
    ['text/pii', phoneFinder(phoneRegions)],
  ]
  return (slice) => {
    const { distinct, unread } = readViews(slice)
    const leaks = distinct.flatMap((view) => {
      const reader = { text: view.text, lower: view.text.toLowerCase() }
      return finders.flatMap(([rule, find]) =>
        find(reader).map(({ kind, from, to }): Leak => {
          const value = view.text.slice(from, to)
          return { rule, kind, span: spanOf(view, from, to), view: view.name, value }
        }),
      )
    })
    return { leaks, unread }
  }
}
