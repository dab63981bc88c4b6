import fc from 'fast-check'
import { expect, test } from 'vitest'
import { identifiers } from './find-identifiers.ts'
import { leakSearch } from './find-leaks.ts'

const search = leakSearch()
const find = (text: string) => search(text).leaks
const perKind = 12

/** The generator knows no back-references: the separator that they repeat is a dash. */
const dashed = (form: string) => form.replace(/\(\[[ -]+\]\??\)|\\\d/g, '-')

/** Texts of a kind's form whose arithmetic holds, and such as miss it by one digit. */
function samplesOf({ form, isValid, isCaseSensitive }: (typeof identifiers)[number]) {
  const compact = (text: string) => {
    const joined = text.replace(/[ ./-]/g, '')
    return isCaseSensitive ? joined : joined.toUpperCase()
  }
  const texts = fc.sample(fc.stringMatching(new RegExp(`^(?:${dashed(form)})$`)), 6000)
  const valid = texts.filter((text) => isValid(compact(text))).slice(0, perKind)
  const misses = texts.filter((text) => !isValid(compact(text))).slice(0, perKind)
  return { valid, misses }
}

test('generated identifiers are found, and none of those that miss by their arithmetic', () => {
  let found = 0
  let missed = 0
  let falseAccepts = 0
  for (const identifier of identifiers) {
    const { valid, misses } = samplesOf(identifier)
    const sentence = (value: string) =>
      `Our ${identifier.near?.[0] ?? 'record'} says ${value}, they wrote.`
    const isFound = (value: string) =>
      find(sentence(value)).some((leak) => leak.value.includes(value))
    const ofKind = (value: string) =>
      find(sentence(value)).some(({ kind }) => kind === identifier.kind)
    found += valid.filter(isFound).length
    missed += valid.filter((value) => !isFound(value)).length
    falseAccepts += misses.filter(ofKind).length
  }
  expect(found).toBeGreaterThan(400)
  expect(falseAccepts).toBe(0)
  const f1 = (2 * found) / (2 * found + missed + falseAccepts)
  expect(f1).toBeGreaterThanOrEqual(0.98)
})
