import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { latinTwinsSource } from './latin-twins.ts'
import { describeWith } from './requirements.ts'

describeWith('shared', 'the table of look-alikes', (shared) => {
  test('is what its script writes', () => {
    const target = new URL('../packages/text/src/views/latin-twins.ts', import.meta.url)
    const source = `${shared}/data/text/rules/unicode_intentional_confusables.txt`
    expect(readFileSync(target, 'utf8')).toBe(latinTwinsSource(readFileSync(source, 'utf8')))
  })
})
