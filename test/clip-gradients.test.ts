import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from './support/merlon.ts'

test('the example of clipped gradients learns as it stands in the guide', () => {
  const text = readFileSync(`${root}docs/guides/clip-gradients.md`, 'utf8')
  const block = /<!-- run by test\/clip-gradients\.test\.ts -->\n```ts\n([\s\S]*?)```/.exec(
    text,
  )![1]!
  const lines = execFileSync(process.execPath, ['--input-type=module', '-e', block], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
  expect(lines).toHaveLength(20)
  const losses = lines.map((line) => Number(/^loss (\d\.\d+), \d+ of 64 clipped/.exec(line)![1]))
  expect(losses.at(-1)).toBeLessThan(losses[0]!)
})
