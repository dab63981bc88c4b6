import { distance } from 'fastest-levenshtein'

/** The known word that a mistyped one most likely means, if any is near enough to be worth saying. */
export function closest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of words) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    // A third of the longer word may be wrong: letters that are missing are mistakes too.
    const editsMax = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    if (edits <= editsMax && edits < least) {
      best = candidate
      least = edits
    }
  }
  return best
}
