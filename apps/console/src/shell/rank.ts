/**
 * The entries whose name holds every word that was typed, best first: a word at the start of the name,
 * then at the start of one of its words, then anywhere. Ties keep their order.
 */
export function rankEntries<Entry>(
  entries: readonly Entry[],
  typed: string,
  nameOf: (entry: Entry) => string,
): readonly Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return entries
    .map((entry) => ({ entry, rank: rankOf(nameOf(entry).toLowerCase(), words) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry)
}

function rankOf(name: string, words: readonly string[]): number {
  let rank = 0
  for (const word of words) {
    const at = name.indexOf(word)
    if (at < 0) return Number.POSITIVE_INFINITY
    if (at > 0) rank += name.includes(` ${word}`) ? 1 : 2
  }
  return rank
}
