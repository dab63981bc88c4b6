import { expect, test } from 'vitest'
import { rankEntries } from './rank.ts'

const names = ['Audit log', 'Models', 'digits model', 'remodel']
const rank = (typed: string) => rankEntries(names, typed, (name) => name)

test('the start of a name comes before the start of a word, and that before the middle', () => {
  expect(rank('model')).toEqual(['Models', 'digits model', 'remodel'])
})

test('every word must be there, in any order', () => {
  expect(rank('model dig')).toEqual(['digits model'])
  expect(rank('model zebra')).toEqual([])
})

test('nothing typed keeps everything in order', () => {
  expect(rank('  ')).toEqual(names)
})
