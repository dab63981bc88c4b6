import { distance } from 'fastest-levenshtein'

/** The known word that a mistyped one most likely means, if any is near enough to be worth saying. */
export function closest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(Math.max(word.length, 3) / 3)) + 1
  for (const candidate of words) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    if (edits < least) {
      best = candidate
      least = edits
    }
  }
  return best
}
