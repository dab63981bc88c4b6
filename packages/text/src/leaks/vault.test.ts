import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leakSearch } from './find-leaks.ts'
import { maskLeaks } from './mask.ts'
import { createVault } from './vault.ts'

const search = leakSearch()
const find = (text: string) => search(text).leaks
const text = 'Jane (jane@example.com) paid with 4111 1111 1111 1111; again: jane@example.com.'

test('masking names what was there', () => {
  expect(maskLeaks(text, find(text))).toBe(
    'Jane ([email]) paid with [payment-card]; again: [email].',
  )
})

test('a value keeps its pseudonym through a conversation, and an answer gets it back', () => {
  const vault = createVault()
  expect(vault.pseudonymise(text, find(text))).toBe(
    'Jane (<EMAIL_1>) paid with <PAYMENT_CARD_1>; again: <EMAIL_1>.',
  )
  expect(vault.restore('I wrote to <EMAIL_1>, not to <EMAIL_2>.')).toBe(
    'I wrote to jane@example.com, not to <EMAIL_2>.',
  )
})

test('restoring gives back every text byte for byte, also one that plays with pseudonyms', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('<EMAIL_1>', '<QUOTED_1>', '<<EMAIL_1>', '<EMAIL_', 'a@example.com', '<', '1>'),
  )
  fc.assert(
    fc.property(
      fc.array(
        fc.array(piece).map((parts) => parts.join('')),
        { maxLength: 4 },
      ),
      (turns) => {
        const vault = createVault()
        for (const turn of turns)
          expect(vault.restore(vault.pseudonymise(turn, find(turn)))).toBe(turn)
      },
    ),
  )
})
