/** A text as pieces: words stand at odd places, what is between them at even ones. */
export type Pieces = readonly string[]

const word = /([\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*)/u

/** Splits a text at its words; joined, the pieces are the text again. */
export function piecesOf(text: string): Pieces {
  return text.split(word)
}

/** The places of the words among the pieces. */
export function wordPlaces(pieces: Pieces): readonly number[] {
  return Array.from(pieces.keys()).filter((place) => place % 2 === 1)
}

/** Insertions, deletions and substitutions that make one word of the other (Levenshtein 1966), in code points. */
export function editDistance(a: string, b: string): number {
  const from = [...a]
  const to = [...b]
  let above = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (const [i, letter] of from.entries()) {
    const line = [i + 1]
    for (const [j, other] of to.entries()) {
      const substituted = above[j]! + Number(letter !== other)
      line.push(Math.min(substituted, above[j + 1]! + 1, line[j]! + 1))
    }
    above = line
  }
  return above[to.length]!
}
