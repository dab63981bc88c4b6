/** A kind of secret: its name, what gives it away, its form, and the least entropy of a real one (bits per character). */
export type SecretRow = readonly [
  kind: string,
  /** In lower case; one of them stands in the secret, or in the name that it is assigned to. */
  hint: string | readonly string[],
  /** A regular expression, with `{a36}` for 36 characters of an alphabet below. */
  form: string,
  entropyMin?: number,
]

const alphabets: Readonly<Record<string, string>> = {
  a: '[A-Za-z0-9]',
  b: '[A-Za-z0-9+/]',
  d: '[0-9]',
  e: '[\\w=-]',
  h: '[0-9a-f]',
  l: '[a-z0-9]',
  p: '[\\w=.-]',
  u: '[A-Z0-9]',
  w: '[\\w-]',
  x: '[0-9A-Fa-f]',
  z: '[A-Za-z]',
}

/** A form as the source of a regular expression. */
export function formSource(form: string): string {
  return form
    .replaceAll('{uuid}', '{x8}-{x4}-{x4}-{x4}-{x12}')
    .replace(
      /\{([a-z])(\d+(?:,\d+)?)\}/g,
      (_, alphabet, count) => `${alphabets[alphabet]}{${count}}`,
    )
}

/** The hints of a row, as a list. */
export function hintsOf([, hint]: SecretRow): readonly string[] {
  return typeof hint === 'string' ? [hint] : hint
}

/** Shannon's entropy of the characters of a text, in bits for each. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** Finds which of some words a text in lower case holds, in one pass. */
export function wordsIn(words: Iterable<string>): (lower: string) => ReadonlySet<string> {
  const escaped = [...new Set(words)]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  // Looking ahead finds words that begin with others, and overlap them.
  const any = new RegExp(`(?=(${escaped.join('|')}))`, 'g')
  return (lower) => {
    const found = new Set<string>()
    for (const match of lower.matchAll(any)) found.add(match[1]!)
    return found
  }
}
