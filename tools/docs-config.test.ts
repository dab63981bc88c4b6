import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configPage, configReference } from './docs-config.ts'

test('the reference of merlon.yaml is what its schema says', () => {
  expect(readFileSync(configPage, 'utf8')).toBe(configReference())
})
