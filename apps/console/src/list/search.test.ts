import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSearch, safePath, searchOf, stringifySearch } from './search.ts'

test('any search survives the address bar', () => {
  const texts = fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }))
  fc.assert(
    fc.property(texts, (search) => {
      fc.pre(Object.values(search).every((text) => text.isWellFormed()))
      fc.pre(Object.keys(search).every((text) => text.isWellFormed() && text !== '__proto__'))
      expect(parseSearch(stringifySearch(search))).toEqual({ ...search })
    }),
  )
})

test('numbers stay texts, so that record 12 is not 12.0 and a name is not a number', () => {
  expect(parseSearch('?selected=012&q=1e3')).toEqual({ selected: '012', q: '1e3' })
})

test('a page keeps only the parameters that it knows', () => {
  const known = searchOf('q', 'sort')
  expect(known({ q: 'digits', sort: '', evil: 'x' })).toEqual({ q: 'digits' })
  expect(known({ q: 'x'.repeat(201) })).toEqual({})
})

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', ''])(
  'the way back never leads to %j',
  (path) => {
    expect(safePath(path)).toBe('/')
  },
)

test('the way back keeps a path of the console with its search', () => {
  expect(safePath('/gateway?verdict=block')).toBe('/gateway?verdict=block')
  expect(safePath(undefined)).toBe('/')
})
