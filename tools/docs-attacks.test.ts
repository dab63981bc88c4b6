import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { attacksPage, attacksReference } from './docs-attacks.ts'

test('the reference of attacks is what the catalogue says', () => {
  expect(readFileSync(attacksPage, 'utf8')).toBe(attacksReference())
})
