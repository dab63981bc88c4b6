/** How far before a value, and behind it, a word may stand that says what it is. */
const before = 80
const behind = 40

/** Whether one of the words stands near [from, to). */
export type Near = (words: readonly string[], from: number, to: number) => boolean

/** Finds each of the words in one pass over a text in lower case, and answers what stands where. */
export function nearWords(words: readonly string[]): (lower: string) => {
  readonly has: (words: readonly string[]) => boolean
  readonly near: Near
} {
  const longestFirst = [...new Set(words)].sort((a, b) => b.length - a.length)
  const escaped = longestFirst.map((word) => {
    const plain = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    // A short word is a word of its own; a long one may be a part, as in German.
    return word.length <= 4 ? `(?<![\\p{L}\\p{N}])${plain}(?![\\p{L}\\p{N}])` : plain
  })
  const any = new RegExp(escaped.join('|'), 'gu')
  return (lower) => {
    const places = new Map<string, number[]>()
    for (const { 0: word, index } of lower.matchAll(any)) {
      const known = places.get(word)
      if (known === undefined) places.set(word, [index])
      else known.push(index)
    }
    return {
      has: (asked) => asked.some((word) => places.has(word)),
      near: (asked, from, to) =>
        asked.some((word) =>
          isAnyBetween(places.get(word) ?? [], from - before - word.length, to + behind),
        ),
    }
  }
}

/** By bisection, because a hostile text holds as many words as values. */
function isAnyBetween(rising: readonly number[], low: number, high: number): boolean {
  let start = 0
  let end = rising.length
  while (start < end) {
    const middle = (start + end) >>> 1
    if (rising[middle]! < low) start = middle + 1
    else end = middle
  }
  return start < rising.length && rising[start]! <= high
}
