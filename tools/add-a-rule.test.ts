import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gradientRules } from '../packages/model/src/gradient/gradient-rules.ts'
import { root } from './source-files.ts'

const page = readFileSync(`${root}docs/guides/add-a-gradient-rule.md`, 'utf8')
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!)
const folders = ['gradient/rules', 'gradient/cases', 'reference']

describe('the guide to adding a rule', () => {
  test.each(folders.map((folder, i) => [folder, i] as const))(
    'shows a row as it stands in %s',
    (folder, i) => {
      const path = `${root}packages/model/src/${folder}`
      const files = readdirSync(path).map((name) => readFileSync(`${path}/${name}`, 'utf8'))
      expect(blocks).toHaveLength(folders.length)
      expect(files.filter((text) => text.includes(blocks[i]!))).toHaveLength(1)
    },
  )

  test('names an operator that the tests reach by its name, and helpers that exist', () => {
    const [, op] = /-t (\w+)/.exec(page)!
    expect(Object.keys(gradientRules)).toContain(op)
    const sources = ['gradient/gradient-builder.ts', 'gradient/rule.ts', 'attributes.ts']
      .map((name) => readFileSync(`${root}packages/model/src/${name}`, 'utf8'))
      .join('\n')
    const named = [...page.matchAll(/`(?:g|node)\.(\w+)|`(\w+Attribute)\(/g)]
    expect(named.length).toBeGreaterThan(5)
    for (const match of named) expect(sources).toContain(match[1] ?? match[2]!)
  })
})
