import type { Finder, Hit } from '../hit.ts'
import { entropyOf, formSource, hintsOf, type SecretRow, wordsIn } from './secret-form.ts'
import { tokenSecrets } from './token-secrets.ts'

const rows = tokenSecrets.map((row: SecretRow) => {
  const [kind, , form, entropyMin = 0] = row
  const pattern = new RegExp(`(?<![A-Za-z0-9_])(?:${formSource(form)})(?![A-Za-z0-9])`, 'g')
  return { kind, hints: hintsOf(row), pattern, entropyMin }
})
const hintsIn = wordsIn(rows.flatMap(({ hints }) => hints))

/** Secrets that say by their own form what they are. */
export const findTokens: Finder = ({ text, lower }) => {
  const found = hintsIn(lower)
  if (found.size === 0) return []
  const hits: Hit[] = []
  for (const { kind, hints, pattern, entropyMin } of rows) {
    if (!hints.some((hint) => isHinted(found, hint))) continue
    for (const { 0: match, index: from } of text.matchAll(pattern)) {
      if (entropyOf(match) < entropyMin) continue
      hits.push({ kind, from, to: from + match.length })
    }
  }
  return hits
}

/** A longer hint was found in place of the one that it begins with. */
function isHinted(found: ReadonlySet<string>, hint: string): boolean {
  if (found.has(hint)) return true
  for (const longer of found) if (longer.startsWith(hint)) return true
  return false
}
