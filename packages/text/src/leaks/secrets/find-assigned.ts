import type { Finder, Hit } from '../hit.ts'
import { assignedSecrets } from './assigned-secrets.ts'
import { entropyOf, formSource, hintsOf, type SecretRow } from './secret-form.ts'

/** Names of secrets of no service in particular; the last resort. */
const anySecret: SecretRow = [
  'generic-secret',
  ['access', 'api', 'auth', 'credential', 'creds', 'key', 'passwd', 'password', 'secret', 'token'],
  '(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[\\w.=+/-]{12,150}',
  3.5,
]

interface Row {
  readonly kind: string
  readonly form: RegExp
  readonly entropyMin: number
}

const rowsByName = new Map<string, Row[]>()
for (const row of [...assignedSecrets, anySecret]) {
  const [kind, , form, entropyMin = 0] = row
  const made = { kind, form: new RegExp(`^(?:${formSource(form)})$`, 'i'), entropyMin }
  for (const hint of hintsOf(row)) rowsByName.set(hint, [...(rowsByName.get(hint) ?? []), made])
}

// `name = "value"`, `name: value`, `"name" => 'value'`, `name, value`: the operator, then the value.
const assignment = /(?:=>|:=|\?=|\|\|:|[=:>,])[`'"\s=]{0,5}(?=([A-Za-z0-9][\w.+/%:~|=-]{6,299}))/g
const names = new RegExp(
  `(?=(${[...rowsByName.keys()].sort((a, b) => b.length - a.length).join('|')}))`,
  'g',
)
const restOfName = /^[ \t\w.-]{0,20}[\s'"]{0,3}$/
const restCharsMax = 23

interface Name {
  readonly name: string
  readonly end: number
}

/** Secrets that are assigned to a name which says what they are. */
export const findAssigned: Finder = ({ text, lower }) => {
  const named = [...lower.matchAll(names)].map(
    ({ 1: name, index }): Name => ({ name: name!, end: index + name!.length }),
  )
  if (named.length === 0) return []
  const hits: Hit[] = []
  let readTo = 0
  let next = 0
  for (const match of text.matchAll(assignment)) {
    const from = match.index + match[0].length
    while (next < named.length && named[next]!.end <= match.index) next++
    if (from < readTo) continue
    const value = match[1]!
    const kind = kindOf(namesBefore(lower, named, next, match.index), value)
    if (kind === undefined) continue
    readTo = from + value.length
    hits.push({ kind, from, to: readTo })
  }
  return hits
}

/** The names that an operator belongs to: between them and it stands nothing but the rest of a name. */
function namesBefore(lower: string, named: readonly Name[], next: number, operator: number) {
  const before: string[] = []
  for (let i = next - 1; i >= 0 && operator - named[i]!.end <= restCharsMax; i--) {
    if (!restOfName.test(lower.slice(named[i]!.end, operator))) break
    before.push(named[i]!.name)
  }
  return before
}

/** What a value is under these names, those of a service before the rest. */
function kindOf(before: readonly string[], value: string): string | undefined {
  let general: string | undefined
  for (const name of before) {
    for (const { kind, form, entropyMin } of rowsByName.get(name) ?? []) {
      if (!form.test(value) || entropyOf(value) < entropyMin) continue
      if (kind !== anySecret[0]) return kind
      general = kind
    }
  }
  return general
}
