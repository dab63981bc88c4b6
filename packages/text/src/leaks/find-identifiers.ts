import type { Finder, Hit } from './hit.ts'
import { americas } from './identifiers/americas.ts'
import { asiaPacificAfrica } from './identifiers/asia-pacific-africa.ts'
import { europe } from './identifiers/europe.ts'
import { worldwide } from './identifiers/worldwide.ts'
import { nearWords } from './near-words.ts'

/** Every identifier, those that speak for themselves before those that need a word near. */
export const identifiers = [...worldwide, ...europe, ...americas, ...asiaPacificAfrica].sort(
  (a, b) => (a.near === undefined ? 0 : 1) - (b.near === undefined ? 0 : 1),
)

const patterns = identifiers.map((identifier) => ({
  ...identifier,
  pattern: new RegExp(
    `(?<![\\p{L}\\p{N}_@+]|[\\p{L}\\p{N}][.\\-/])(?:${identifier.form})(?![\\p{L}\\p{N}_@]|[.\\-/]\\d)`,
    identifier.isCaseSensitive ? 'gu' : 'giu',
  ),
}))
const wordsNear = nearWords(identifiers.flatMap(({ near = [] }) => near))

/** Personal identifiers whose arithmetic holds. */
export const findIdentifiers: Finder = ({ text, lower }) => {
  if (!/\d/.test(text)) return []
  const words = wordsNear(lower)
  const hits: Hit[] = []
  for (const { kind, pattern, near, isValid, isCaseSensitive } of patterns) {
    if (near !== undefined && !words.has(near)) continue
    for (const { 0: match, index: from } of text.matchAll(pattern)) {
      const to = from + match.length
      const compact = match.replace(/[ ./-]/g, '')
      if (!isValid(isCaseSensitive ? compact : compact.toUpperCase())) continue
      if (near === undefined || words.near(near, from, to)) hits.push({ kind, from, to })
    }
  }
  return hits
}
