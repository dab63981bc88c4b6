import type { Random } from '@merlon/core'

/** What can be done to a word that a reader still reads. */
export type EditKind = 'swap' | 'substitute' | 'delete' | 'insert' | 'homoglyph'

export const editKinds: readonly EditKind[] = [
  'swap',
  'substitute',
  'delete',
  'insert',
  'homoglyph',
]

/** Letters that look like others (a few of Unicode's confusables, Technical Standard 39). */
const lookalikes = new Map(
  Object.entries({
    a: 'а',
    c: 'с',
    d: 'ԁ',
    e: 'е',
    h: 'һ',
    i: 'і',
    j: 'ј',
    o: 'о',
    p: 'р',
    q: 'ԛ',
    s: 'ѕ',
    w: 'ԝ',
    x: 'х',
    y: 'у',
    A: 'А',
    B: 'В',
    C: 'С',
    E: 'Е',
    H: 'Н',
    I: 'І',
    K: 'К',
    M: 'М',
    O: 'О',
    P: 'Р',
    S: 'Ѕ',
    T: 'Т',
    X: 'Х',
    Y: 'Ү',
    0: 'O',
    1: 'l',
    5: 'Ƽ',
  }),
)

const keyboard = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1234567890'] as const

/** Shorter words have no inside to change. */
const lettersMin = 3

/**
 * One edit of the word of each kind that it allows, at a random place (Gao et al. 2018, DeepWordBug, section III-C; a look-alike
 * letter as in Li et al. 2019, TextBugger): but for look-alikes its first and
 * last letters stay, which readers go by.
 */
export function editsOf(
  word: string,
  kinds: readonly EditKind[],
  random: Random,
): readonly string[] {
  const letters = [...word]
  const found = kinds.flatMap((kind) => edits[kind](letters, random) ?? [])
  return [...new Set(found)].filter((edited) => edited !== word)
}

type Edit = (letters: readonly string[], random: Random) => string | undefined

const edits: Readonly<Record<EditKind, Edit>> = {
  swap(letters, random) {
    if (letters.length < lettersMin + 1) return undefined
    const k = inner(letters.length - 1, random)
    return letters
      .with(k, letters[k + 1]!)
      .with(k + 1, letters[k]!)
      .join('')
  },
  substitute(letters, random) {
    if (letters.length < lettersMin) return undefined
    const k = inner(letters.length, random)
    const near = beside(letters[k]!, random)
    return near === undefined ? undefined : letters.with(k, near).join('')
  },
  delete(letters, random) {
    if (letters.length < lettersMin) return undefined
    return letters.toSpliced(inner(letters.length, random), 1).join('')
  },
  // A space: readers put the halves together, tokenisers do not.
  insert(letters, random) {
    if (letters.length < lettersMin) return undefined
    return letters.toSpliced(inner(letters.length, random), 0, ' ').join('')
  },
  // Any letter may have a look-alike, the first and the last too, because nobody sees it.
  homoglyph(letters, random) {
    const places = Array.from(letters.keys()).filter((k) => lookalikes.has(letters[k]!))
    const k = places[Math.floor(random() * places.length)]
    return k === undefined ? undefined : letters.with(k, lookalikes.get(letters[k]!)!).join('')
  },
}

/** A place that is neither the first nor the last. */
function inner(length: number, random: Random): number {
  return 1 + Math.floor(random() * (length - 2))
}

/** The key beside a letter's, in the letter's case. */
function beside(letter: string, random: Random): string | undefined {
  const lower = letter.toLowerCase()
  const line = keyboard.find((keys) => keys.includes(lower))
  if (line === undefined) return undefined
  const k = line.indexOf(lower)
  const near = random() < 0.5 ? (line[k - 1] ?? line[k + 1]) : (line[k + 1] ?? line[k - 1])
  return letter === lower ? near : near?.toUpperCase()
}
