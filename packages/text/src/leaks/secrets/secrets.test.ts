import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../../../tools/requirements.ts'
import { leakSearch } from '../find-leaks.ts'
import { assignedSecrets } from './assigned-secrets.ts'
import { entropyOf, formSource, hintsOf, type SecretRow } from './secret-form.ts'
import { tokenSecrets } from './token-secrets.ts'

const search = leakSearch()
const find = (text: string) => search(text).leaks
const secretsIn = (text: string) => find(text).filter(({ rule }) => rule === 'text/secret')

/** Values of a form that are as random as real ones. */
function samples(source: string, entropyMin: number, count: number): readonly string[] {
  // The generator picks signs as often as letters; real secrets are mostly letters.
  const plain = source.replace(/\[\\w[^\]]{1,3}\]/g, '[A-Za-z0-9]')
  const values = fc.sample(fc.noBias(fc.stringMatching(new RegExp(`^(?:${plain})$`))), 100)
  return values
    .filter((value) => /^\w/.test(value) && entropyOf(value) >= entropyMin)
    .slice(0, count)
}

const rows: readonly (readonly [kind: string, row: SecretRow, line: (value: string) => string])[] =
  [
    ...tokenSecrets.map((row) => [row[0], row, (value: string) => `use ${value} here`] as const),
    ...assignedSecrets.map(
      (row) => [row[0], row, (value: string) => `${hintsOf(row)[0]}_key = "${value}"`] as const,
    ),
  ]

describe('each kind of secret', () => {
  test.each(rows)('%s is found, whole, in generated samples', (_, [, , form, least = 0], line) => {
    const values = samples(formSource(form), least, 3)
    expect(values.length).toBeGreaterThan(0)
    for (const value of values) {
      const text = line(value)
      expect(secretsIn(text).map(({ span }) => text.slice(span.start, span.end))).toContain(value)
    }
  })
})

describe('secrets', () => {
  test.each([
    [
      'private-key',
      `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIB'.repeat(20)}\n-----END RSA PRIVATE KEY-----`,
    ],
    ['url-password', 'postgres://shop:hunter2!x@db.example.com/shop'],
    ['curl-auth-header', 'curl https://a.example -H "Authorization: Bearer abcdef123456"'],
    ['curl-auth-user', 'curl -s -u admin:hunter22 https://a.example'],
    ['generic-secret', 'db_password = "x8Kq2mWv9ZpL4tRs"'],
    ['bearer-token', 'Authorization: Bearer 4f9d8a7c6b5e4d3c2b1a'],
  ])('%s is found', (kind, text) => {
    expect(secretsIn(text).map((leak) => leak.kind)).toContain(kind)
  })

  test.each([
    'the key = value pairs of the configuration',
    'password: please choose a strong one',
    'token = "xxxxxxxxxxxxxxxxxxxxxxxx"',
    'sk-learn is a library; ghp_short is none',
    'https://example.com:8080/path@host',
    'commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad fixes it',
    'api_key = os.environ["API_KEY"]',
    '-----BEGIN CERTIFICATE-----',
  ])('%s is none', (text) => {
    expect(secretsIn(text)).toEqual([])
  })
})

describeWith('shared', 'the field', (shared) => {
  test('knows at most 22 kinds of secret more', () => {
    const toml = readFileSync(`${shared}/data/text/rules/gitleaks.toml`, 'utf8')
    const theirs = [...toml.matchAll(/^id = "(.+)"$/gm)].map(([, id]) => id!)
    const passages = [
      'private-key',
      'curl-auth-header',
      'curl-auth-user',
      'nuget-config-password',
      'freemius-secret-key',
      'sidekiq-sensitive-url',
      'kubernetes-secret-yaml',
    ]
    const ours = new Set([...rows.map(([kind]) => kind), ...passages])
    expect(theirs).toHaveLength(222)
    expect(theirs.filter((id) => ours.has(id)).length).toBeGreaterThanOrEqual(200)
  })
})
