import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { main } from './main.ts'
import { emptyFolder, fakeWorld, run } from './world.test-support.ts'

const cwd = emptyFolder()
const iban = 'GB82WEST12345698765432'
writeFileSync(
  join(cwd, 'texts.jsonl'),
  [
    { text: `pay to ${iban}`, label: 'leak' },
    { text: 'pay to the baker', label: 'benign', channel: 'document' },
    { text: 'the code is 8213', label: 'leak' },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n'),
)

describe('guard', () => {
  test('marks what it found, and says what it did not look for', async () => {
    const { world, written } = fakeWorld()
    expect(await main(['guard', `pay to ${iban} today`], world)).toBe(1)
    expect(written.stdout).toContain(`pay to [[${iban}]] today`)
    expect(written.stdout).toContain('text:1:8')
    expect(written.stdout).toContain('not checked: prompt injection')
    expect(written.stdout).toContain('verdict findings')
  })

  test('reads standard input, and never calls a text clean that it judged in part', async () => {
    const { world, written } = fakeWorld({ readStdin: async () => 'good morning' })
    expect(await main(['guard', '-', '--json'], world)).toBe(3)
    expect(JSON.parse(written.stdout)).toMatchObject({
      schema: 'merlon/guard/v1',
      verdict: 'incomplete',
      decision: 'pass',
      spans: [],
    })
  })

  test('answers a file line by line', async () => {
    const { code, stdout } = await run('guard --jsonl texts.jsonl', { cwd })
    expect(code).toBe(1)
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers).toMatchObject([
      { index: 0, verdict: 'rewrite', score: 1, stage: 0, spans: [{ start: 7, end: 29 }] },
      { index: 1, verdict: 'pass', score: 0, stage: 0, spans: [] },
      { index: 2, verdict: 'pass' },
    ])
    expect(answers[0].latencyMs).toBeGreaterThanOrEqual(0)
  })

  test('counts how labels and verdicts agree', async () => {
    const { stdout } = await run('guard --jsonl texts.jsonl --evaluate --json', { cwd })
    expect(JSON.parse(stdout)).toMatchObject({
      estimates: [
        { name: 'true-positive-rate', value: 0.5, n: 2, method: 'wilson' },
        { name: 'false-positive-rate', value: 0, n: 1 },
      ],
      mistakes: [3],
    })
  })

  test('refuses what it cannot read, and names the line', async () => {
    writeFileSync(join(cwd, 'bad.jsonl'), '{"text": "fine"}\n{"txt": "not fine"}\n')
    const { code, stderr } = await run('guard --jsonl bad.jsonl', { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain('bad.jsonl:2 has no "text"')
    expect((await run('guard')).code).toBe(2)
    expect((await run('guard x --evaluate')).code).toBe(2)
  })
})
