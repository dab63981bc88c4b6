import { permutation, proportion, seededRandom, unattended } from '@merlon/core'
import { argmaxRows, tensor } from '@merlon/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { attackTexts, type TextScoreAccess } from './attack-texts.ts'
import { editKinds, editsOf } from './edits.ts'
import { readMessages, trainSpamClassifier } from './spam-classifier.test-support.ts'
import { editDistance, piecesOf, wordPlaces } from './words.ts'

/** Label 1 as long as the words that it knows weigh more than 1. */
function lexicon(weights: Readonly<Record<string, number>>) {
  let evaluated = 0
  const model: TextScoreAccess & { readonly evaluated: () => number } = {
    classes: 2,
    evaluated: () => evaluated,
    scores: async (texts) => {
      evaluated += texts.length
      const score = (text: string) =>
        text
          .toLowerCase()
          .split(/[^a-z]+/)
          .reduce((sum, word) => sum + (weights[word] ?? 0), 0)
      return tensor([texts.length, 2], Float32Array.from(texts.flatMap((t) => [1, score(t)])))
    },
  }
  return model
}
const text = 'You have won a prize, claim it now before noon tomorrow'
const model = () => lexicon({ prize: 2, claim: 0.5, won: 0.3 })
const options = () => ({ random: seededRandom(1), queries: 100 })
const one = Int32Array.of(1)

describe('attackTexts', () => {
  test('changes the one word that matters, and nothing else', async () => {
    const result = await attackTexts(model(), [text], one, options())
    expect(result.isAdversarial).toEqual([true])
    expect([...result.changedWords]).toEqual([1])
    expect(result.editDistances[0]).toBeLessThanOrEqual(2)
    expect(result.texts[0]).toMatch(/^You have won a .+, claim it now before noon tomorrow$/)
    expect([...result.labels]).toEqual([0])
    expect([...result.words]).toEqual([11])
  })

  test('takes synonyms alone where no letter may change, in the case of the word', async () => {
    const synonyms = new Map([['prize', ['award']]])
    const only = { ...options(), edits: [], synonyms }
    const { texts } = await attackTexts(model(), [text.replace('prize', 'Prize')], one, only)
    expect(texts[0]).toContain('won a Award,')
  })

  test('leaves most words alone, and gives the best attempt where that is too little', async () => {
    const many = lexicon(
      Object.fromEntries(
        text
          .toLowerCase()
          .match(/[a-z]+/g)!
          .map((w) => [w, 1]),
      ),
    )
    const result = await attackTexts(many, [text], one, { ...options(), changedShareMax: 0.2 })
    expect(result.isAdversarial).toEqual([false])
    expect([...result.changedWords]).toEqual([2])
    const [before, after] = [await many.scores([text]), await many.scores(result.texts)]
    expect(after.data[1]).toBeLessThan(before.data[1]!)
  })

  test.each([1, 2, 5, 13, 14, 30])('spends no more than %d queries on a text', async (queries) => {
    const counted = model()
    const texts = [text, 'prize prize prize prize', '']
    const labels = Int32Array.of(1, 1, 0)
    const result = await attackTexts(counted, texts, labels, { ...options(), queries })
    expect(result.queries).toBe(counted.evaluated())
    expect(result.queries).toBeLessThanOrEqual(3 * queries)
  })

  test('says of the result what the model says of it', async () => {
    const texts = [text, 'the prize is a prize', 'hello']
    const labels = Int32Array.of(1, 1, 0)
    const result = await attackTexts(model(), texts, labels, options())
    expect(argmaxRows(await model().scores(result.texts))).toEqual(result.labels)
    expect([...result.labels].map((label, i) => label !== labels[i])).toEqual(result.isAdversarial)
  })

  test('is the same for the same seed, and stops when told to', async () => {
    const first = await attackTexts(model(), [text], one, options())
    expect(await attackTexts(model(), [text], one, options())).toEqual(first)
    const task = { ...unattended, signal: AbortSignal.abort(new Error('told to stop')) }
    await expect(attackTexts(model(), [text], one, options(), task)).rejects.toThrow('told to stop')
  })

  test.each([
    [[text], Int32Array.of(), {}, /1 texts came with 0 labels/],
    [[text], Int32Array.of(2), {}, /text 0 has label 2 but the model knows 0 to 1/],
    [['x'.repeat(100_001)], one, {}, /text 0 has more than 100000 letters/],
    [[text], one, { queries: 0 }, /queries is 0/],
    [[text], one, { changedShareMax: 1.5 }, /changedShareMax is 1.5/],
  ])('refuses what it cannot measure (case %#)', async (texts, labels, change, sentence) => {
    const refused = attackTexts(model(), texts, labels, { ...options(), ...change })
    await expect(refused).rejects.toThrow(sentence)
  })
})

describe('words and edits', () => {
  test('any text is its pieces joined, and its words stand at odd places', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (any) => {
        const pieces = piecesOf(any)
        expect(pieces.join('')).toBe(any)
        for (const place of wordPlaces(pieces)) expect(pieces[place]).toMatch(/[\p{L}\p{N}]/u)
      }),
    )
  })

  test('an edit is small and keeps the ends of a word', () => {
    const random = seededRandom(1)
    for (const kind of editKinds) {
      const edited = Array.from({ length: 50 }, () => editsOf('Example', [kind], random)).flat()
      expect(edited.length).toBeGreaterThan(10)
      for (const each of edited) {
        expect(editDistance('Example', each)).toBeGreaterThan(0)
        expect(editDistance('Example', each)).toBeLessThanOrEqual(kind === 'swap' ? 2 : 1)
        if (kind !== 'homoglyph') expect(each).toMatch(/^E.*e$/)
      }
    }
    expect(editsOf('I', ['swap', 'substitute', 'delete', 'insert'], random)).toEqual([])
  })

  test.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['flaw', 'lawn', 2],
    ['same', 'same', 0],
    ['😀a', 'a', 1],
  ])('from %j to %j it takes %d edits', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
    expect(editDistance(b, a)).toBe(edits)
  })
})

describeWith('shared', 'a spam filter', (shared) => {
  test('lets edited spam pass more often than randomly edited spam', async () => {
    const all = readMessages(shared)
    const split = 3000
    const training = { texts: all.texts.slice(0, split), labels: all.labels.slice(0, split) }
    const filter = trainSpamClassifier(training, 4)
    const held = Array.from(all.texts.keys()).slice(split)
    const said = argmaxRows(await filter.scores(held.map((i) => all.texts[i]!)))
    const right = held.filter((i, k) => said[k] === all.labels[i])
    expect(right.length / held.length).toBeGreaterThan(0.97)

    const spam = right.filter((i) => all.labels[i] === 1).slice(0, 40)
    const texts = spam.map((i) => all.texts[i]!)
    const labels = new Int32Array(texts.length).fill(1)
    const queries = 300
    const result = await attackTexts(filter, texts, labels, { random: seededRandom(1), queries })
    for (const [i, changed] of result.changedWords.entries()) {
      expect(changed).toBeLessThanOrEqual(0.3 * result.words[i]!)
    }

    const random = seededRandom(2)
    const answers = texts.map(async (each) => {
      const pieces = piecesOf(each)
      const drawn = Array.from({ length: queries }, () => {
        const places = wordPlaces(pieces)
        const order = permutation(places.length, random)
        const changed = Array.from(
          order.subarray(0, Math.floor(0.3 * places.length)),
          (k) => places[k]!,
        )
        return changed.reduce(
          (p, k) => p.with(k, editsOf(p[k]!, editKinds, random)[0] ?? p[k]!),
          pieces,
        )
      })
      const labelsOfDrawn = argmaxRows(await filter.scores(drawn.map((p) => p.join(''))))
      return labelsOfDrawn.some((label) => label === 0)
    })
    const byChance = (await Promise.all(answers)).filter((passed) => passed).length
    const fooled = result.isAdversarial.filter((isFooled) => isFooled).length
    const of = { name: 'passed', seed: 1, queries: result.queries }
    const [low] = proportion(fooled, texts.length, of).interval
    expect(low).toBeGreaterThan(proportion(byChance, texts.length, of).interval[1])
  })
})
