import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiPage, apiReference } from './docs-api.ts'

test('the reference of the control API is what the route table says', () => {
  expect(readFileSync(apiPage, 'utf8')).toBe(apiReference())
})
