import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith } from '../tools/requirements.ts'
import { merlon } from './support/merlon.ts'

interface Answer {
  readonly verdict: string
  readonly exitCode: number
  readonly estimates: readonly {
    readonly name: string
    readonly value: number
    readonly n: number
    readonly attack?: string
    readonly interval: readonly [number, number]
  }[]
}

const folder = mkdtempSync(join(tmpdir(), 'merlon-assess-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function figure({ estimates }: Answer, name: string, attack?: string): number | undefined {
  return estimates.find((e) => e.name === name && e.attack === attack)?.value
}

describeWith('shared', 'merlon assess on MNIST', (shared) => {
  const data = `${shared}/data/mnist`
  const std = `${shared}/data/models/mnist_std.onnx`

  test('agrees with ART, torchattacks and foolbox on FGSM and PGD-40', async () => {
    const run = await merlon([
      'assess',
      std,
      ...['--data', data, '--attack', 'fgsm,pgd', '--epsilon', '0.3', '--samples', '200'],
      ...['--seed', '1', '--json', '--html', `${folder}/r.html`],
      ...['--sarif', `${folder}/r.sarif`, '--junit', `${folder}/r.xml`],
    ])
    const answer = JSON.parse(run.stdout) as Answer
    expect(run.code, run.stderr).toBe(1)
    expect(answer).toMatchObject({ verdict: 'findings', exitCode: 1 })
    expect(figure(answer, 'robust accuracy', 'fgsm')).toBe(0.01)
    expect(figure(answer, 'robust accuracy', 'pgd')).toBe(0)
    for (const { n, interval, value } of answer.estimates) {
      expect(n).toBeGreaterThan(0)
      expect(interval[0]).toBeLessThanOrEqual(value)
      expect(interval[1]).toBeGreaterThanOrEqual(value)
    }
    const html = readFileSync(`${folder}/r.html`, 'utf8')
    expect(html).toMatch(/<img[^>]+src="data:image\/png;base64,/)
    expect(html).not.toMatch(/<script|https?:\/\/[^"]+\.(js|css)"/)
    const sarif = JSON.parse(readFileSync(`${folder}/r.sarif`, 'utf8')) as { version: string }
    expect(sarif.version).toBe('2.1.0')
    expect(readFileSync(`${folder}/r.xml`, 'utf8')).toContain('<testsuite')
  })

  test('sees the adversarially trained twin hold under FGSM', async () => {
    const run = await merlon([
      'assess',
      `${shared}/data/models/mnist_adv.onnx`,
      ...[
        '--data',
        data,
        '--attack',
        'fgsm',
        '--epsilon',
        '0.3',
        '--samples',
        '100',
        '--seed',
        '1',
      ],
      '--json',
    ])
    expect(figure(JSON.parse(run.stdout) as Answer, 'robust accuracy', 'fgsm')).toBe(0.87)
  })
})

describe('merlon assess, given something that is not a model and its data', () => {
  const cases: readonly (readonly [string, string, string | Buffer])[] = [
    ['a missing file', 'missing.onnx', ''],
    ['a text file named .onnx', 'text.onnx', 'this is not a model\n'],
    ['an empty file', 'empty.onnx', Buffer.alloc(0)],
  ]

  test.each(cases)('says in one sentence what is wrong with %s', async (_, name, bytes) => {
    const path = join(folder, name)
    if (name !== 'missing.onnx') writeFileSync(path, bytes)
    const run = await merlon(['assess', path, '--data', folder])
    expect(run.code).toBe(2)
    expect(run.stdout).toBe('')
    expect(run.stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(run.stderr).toContain(name)
    expect(run.stderr).not.toMatch(/\n\s+at /)
  })
})

describeWith('shared', 'merlon assess, given a model that was cut or does not fit', (shared) => {
  test('names a truncated model', async () => {
    const whole = readFileSync(`${shared}/data/models/mnist_std.onnx`)
    const path = join(folder, 'truncated.onnx')
    writeFileSync(path, whole.subarray(0, whole.length / 2))
    const run = await merlon(['assess', path, '--data', `${shared}/data/mnist`])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('truncated.onnx')
    expect(run.stderr).not.toMatch(/\n\s+at /)
  })

  test('names both shapes where the model does not fit the data', async () => {
    const run = await merlon([
      'assess',
      `${shared}/data/models/mnist_std.onnx`,
      ...['--data', `${shared}/data/tabular/banknote_authentication.csv.gz`],
    ])
    expect(run.code).toBe(2)
    expect(run.stderr).toMatch(/\[?1, 28, 28\]?.*\[?4\]?|\[?4\]?.*\[?1, 28, 28\]?/)
  })
})
