import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { scanBytes } from './scan-bytes.ts'

interface Labelled {
  readonly file: string
  readonly verdict: 'malicious' | 'benign' | 'invalid'
}

describeWith('shared', 'picklescan’s own test files', (shared) => {
  const folder = `${shared}/data/artifacts`
  const labelled = (): Labelled[] => JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))
  const called = ({ file }: Labelled) => {
    const { verdict, findings, skipped } = scanBytes(file, readFileSync(`${folder}/${file}`))
    return {
      file,
      verdict,
      why: [...findings.map((f) => f.evidence), ...skipped.map((s) => s.why)],
    }
  }

  test('no malicious file passes, and the one that cannot be read yet says so', () => {
    const files = labelled().filter(({ verdict }) => verdict === 'malicious')
    expect(files).toHaveLength(95)
    const missed = files
      .map(called)
      .filter(({ verdict }) => !['malicious', 'suspicious'].includes(verdict))
    expect(missed).toEqual([
      {
        file: 'picklescan/malicious1.7z',
        verdict: 'unscannable',
        why: ['7z archives are not read yet'],
      },
    ])
  })

  test('no benign file is flagged', () => {
    const files = labelled().filter(({ verdict }) => verdict === 'benign')
    expect(files).toHaveLength(11)
    expect(
      files
        .map(called)
        .filter(({ verdict }) => ['malicious', 'suspicious', 'invalid'].includes(verdict)),
    ).toEqual([])
  })

  test('no invalid file is clean', () => {
    const files = labelled().filter(({ verdict }) => verdict === 'invalid')
    expect(files).toHaveLength(3)
    expect(files.map(called).filter(({ verdict }) => verdict === 'clean')).toEqual([])
  })
})
