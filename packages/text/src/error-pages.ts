import type { ErrorPage } from '@merlon/core'
import type { TextErrorCode } from './text-error.ts'

/** What `merlon explain` prints for each code of this package. */
export const textErrorPages: Readonly<Record<TextErrorCode, ErrorPage>> = {
  TEXT_TOO_LONG: {
    title: 'the text is longer than the guard reads at once',
    meaning:
      'Every view of a text holds a map back to the characters that were written, so memory grows with length. Nothing of the text was judged.',
    fix: 'Give the text in parts, or as a stream: a stream is read through a window and may be of any length.',
  },
}
