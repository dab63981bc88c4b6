import { deriveSeed, type Random, seededRandom, type Task, unattended } from '@merlon/core'
import { argmaxRows, type Tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import { AttackError } from '../attack-error.ts'
import { checkCount, invalidOption } from '../check.ts'
import { limits } from '../limits.ts'
import { runSideBySide, type Search } from '../searches.ts'
import { type EditKind, editKinds, editsOf } from './edits.ts'
import { editDistance, type Pieces, piecesOf, wordPlaces } from './words.ts'

/** A classifier of texts that answers scores, a batch at a time. */
export interface TextScoreAccess {
  readonly classes: number
  /** n texts -> [n, classes] */
  scores(texts: readonly string[]): Promise<Tensor>
}

export interface TextAttackOptions {
  readonly random: Random
  /** On each text; 500 unless given. */
  readonly queries?: number
  /** The largest share of a text's words that may change, so that it can still be read; 0.3 unless given. */
  readonly changedShareMax?: number
  /** What may be done to the letters of a word: all kinds unless given. */
  readonly edits?: readonly EditKind[]
  /** Words that may stand for a word, by that word in lower case. */
  readonly synonyms?: ReadonlyMap<string, readonly string[]>
}

/** What an attack on texts came to, text by text. */
export interface TextAttackResult {
  /** The texts that fool the model and, where none was found, the best attempt. */
  readonly texts: readonly string[]
  readonly isAdversarial: readonly boolean[]
  /** What the model answers on `texts`; -1 where it answered no number. */
  readonly labels: Int32Array
  readonly words: Int32Array
  readonly changedWords: Int32Array
  /** Letters inserted, deleted or substituted, over all changed words. */
  readonly editDistances: Int32Array
  readonly queries: number
}

/**
 * Changes the words of a text that matter most until the model errs (Gao et al. 2018, DeepWordBug, algorithm 1): a word
 * matters as much as the margin rises without it; each is changed in its letters or to a synonym, whichever helps most. At
 * last, changes that are not needed are taken back.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function attackTexts(
  model: TextScoreAccess,
  texts: readonly string[],
  labels: Int32Array,
  options: TextAttackOptions,
  task: Task = unattended,
): Promise<TextAttackResult> {
  const { random, queries = 500, changedShareMax = 0.3 } = options
  checkTexts(model, texts, labels)
  checkCount('queries', queries, limits.queriesMax)
  if (!(changedShareMax >= 0 && changedShareMax <= 1)) {
    throw invalidOption(`changedShareMax is ${changedShareMax}; pass a share from 0 to 1`)
  }
  const originals = texts.map(piecesOf)
  const seed = Math.floor(random() * 2 ** 32)
  const best = originals.map((pieces, i): Held => {
    return { pieces, label: labels[i]!, loss: Number.NEGATIVE_INFINITY, changes: 0, errs: false }
  })
  let spent = 0
  const ask = async (indices: Int32Array, points: readonly Pieces[]) => {
    const own = indices.map((index) => labels[index]!)
    const { losses, scores } = marginAnswer(await model.scores(points.map((p) => p.join(''))), own)
    const said = argmaxRows(scores)
    spent += points.length
    return points.map((pieces, k): number => {
      const i = indices[k]!
      const errs = said[k] !== own[k]
      const loss = Number.isNaN(losses[k]) ? Number.NEGATIVE_INFINITY : losses[k]!
      const changes = changedPlaces(originals[i]!, pieces).length
      best[i] = better(best[i]!, { pieces, label: said[k]!, loss, changes, errs })
      return errs ? Math.max(loss, Number.MIN_VALUE) : Math.min(loss, 0)
    })
  }
  const begin = (i: number, left: () => number) => {
    const own = seededRandom(deriveSeed(seed, String(i)))
    return substitute(originals[i]!, { ...options, random: own, changedShareMax, left })
  }
  const isSettled = (i: number) => best[i]!.errs && best[i]!.changes <= 1
  await runSideBySide({ count: texts.length, queries, begin, ask, isSettled }, task)

  return {
    texts: best.map(({ pieces }) => pieces.join('')),
    isAdversarial: best.map(({ errs }) => errs),
    labels: Int32Array.from(best, ({ label }) => label),
    words: Int32Array.from(originals, (pieces) => wordPlaces(pieces).length),
    changedWords: Int32Array.from(best, ({ changes }) => changes),
    editDistances: Int32Array.from(best, ({ pieces }, i) => lettersChanged(originals[i]!, pieces)),
    queries: spent,
  }
}

interface Held {
  readonly pieces: Pieces
  readonly label: number
  readonly loss: number
  readonly changes: number
  readonly errs: boolean
}

/** An error with fewer changes, or else what came nearer to one. A text with a word left out is a question, no attempt. */
function better(held: Held, found: Held): Held {
  if (wordPlaces(found.pieces).some((place) => found.pieces[place] === '')) return held
  if (found.errs) return !held.errs || found.changes < held.changes ? found : held
  return !held.errs && found.loss > held.loss ? found : held
}

interface SubstituteOptions extends TextAttackOptions {
  readonly changedShareMax: number
  readonly left: () => number
}

function* substitute(original: Pieces, options: SubstituteOptions): Search<number, Pieces> {
  const { random, changedShareMax, left } = options
  const { edits = editKinds, synonyms = new Map<string, readonly string[]>() } = options
  let [margin = 0] = yield [original]
  if (margin > 0) return
  const places = wordPlaces(original)
  const changesMax = Math.floor(changedShareMax * places.length)
  if (changesMax === 0) return

  // At most half of the queries ask which words matter; the later words of a long text wait at the end.
  const asked = places.slice(0, Math.max(1, Math.floor(left() / 2)))
  const without = yield asked.map((place) => original.with(place, ''))
  const importance = new Map(asked.map((place, k) => [place, without[k]!]))
  const rank = (place: number) => importance.get(place) ?? Number.NEGATIVE_INFINITY
  const order = [...places].sort((a, b) => rank(b) - rank(a))

  const candidatesFor = (word: string) => {
    const edited = [...editsOf(word, edits, random), ...editsOf(word, edits, random)]
    return [...new Set([...edited, ...synonymsOf(word, synonyms)])]
  }

  let pieces = original
  // Words are gone through again, with other edits, until the model errs or the queries are spent.
  for (let hasAsked = true; hasAsked && margin <= 0; ) {
    hasAsked = false
    for (const place of order) {
      const changed = changedPlaces(original, pieces)
      if (changed.length === changesMax && !changed.includes(place)) continue
      const tried = candidatesFor(original[place]!).map((edited) => pieces.with(place, edited))
      if (tried.length === 0) continue
      const margins = yield tried
      hasAsked = true
      const most = Math.max(...margins)
      if (!(most > margin)) continue
      margin = most
      pieces = tried[margins.indexOf(most)]!
      if (margin > 0) break
    }
  }
  yield* takeBack(original, pieces)
}

/** Gives words back, those that mattered least first, while the model still errs. */
function* takeBack(original: Pieces, start: Pieces): Search<number, Pieces> {
  let pieces = start
  for (const place of changedPlaces(original, pieces)) {
    const point = pieces.with(place, original[place]!)
    const [margin = 0] = yield [point]
    if (margin > 0) pieces = point
  }
}

function changedPlaces(original: Pieces, pieces: Pieces): readonly number[] {
  return wordPlaces(original).filter((place) => original[place] !== pieces[place])
}

function lettersChanged(original: Pieces, pieces: Pieces): number {
  const places = changedPlaces(original, pieces)
  return places.reduce((sum, place) => sum + editDistance(original[place]!, pieces[place]!), 0)
}

/** The synonyms of a word, in its own case. */
function synonymsOf(
  word: string,
  synonyms: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const found = synonyms.get(word.toLowerCase()) ?? []
  if (word === word.toUpperCase() && word.length > 1) return found.map((s) => s.toUpperCase())
  const isCapital = word[0] !== word[0]?.toLowerCase()
  return isCapital ? found.map((s) => `${s.slice(0, 1).toUpperCase()}${s.slice(1)}`) : found
}

function checkTexts(model: TextScoreAccess, texts: readonly string[], labels: Int32Array): void {
  if (labels.length !== texts.length) {
    throw invalidTexts(`${texts.length} texts came with ${labels.length} labels; pass one each`)
  }
  const long = texts.findIndex((text) => text.length > limits.textLengthMax)
  if (long !== -1) {
    throw invalidTexts(`text ${long} has more than ${limits.textLengthMax} letters; cut it`)
  }
  const stray = labels.findIndex((label) => label < 0 || label >= model.classes)
  if (stray !== -1) {
    const known = `0 to ${model.classes - 1}`
    throw invalidTexts(`text ${stray} has label ${labels[stray]} but the model knows ${known}`)
  }
}

function invalidTexts(message: string): AttackError {
  return new AttackError('ATTACK_INPUT_INVALID', message)
}
