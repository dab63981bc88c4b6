import { getCountries, getExampleNumber } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { expect, test } from 'vitest'
import { leakSearch } from './find-leaks.ts'

const search = leakSearch()
const phonesIn = (text: string) => search(text).leaks.filter(({ kind }) => kind === 'phone')

test('the example number of every country is found, and numbers of another sort are not', () => {
  const written = getCountries().flatMap((country) => {
    const number = getExampleNumber(country, examples)
    return number === undefined ? [] : [number.formatInternational(), number.number]
  })
  const found = written.filter((number) => phonesIn(`reach her at ${number}, please`).length === 1)
  const others = written.map((_, i) => `${20_000_000 + 7919 * i}`)
  const wrong = others.filter((number) => phonesIn(`order ${number} of 2024-05-06`).length > 0)
  const f1 = (2 * found.length) / (found.length + wrong.length + written.length)
  expect(written.length).toBeGreaterThan(400)
  expect(f1).toBeGreaterThanOrEqual(0.95)
})
