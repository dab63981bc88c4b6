import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decompositions } from '../packages/model/src/decompose/decomposed.ts'
import { listOperators } from '../packages/model/src/decompose/lists.ts'
import { gradientRules } from '../packages/model/src/gradient/gradient-rules.ts'
import {
  endingOperators,
  flatOperators,
  stepOperators,
} from '../packages/model/src/gradient/without-rule.ts'

export const operatorsPage = fileURLToPath(
  new URL('../docs/reference/operators.md', import.meta.url),
)

/** docs/reference/operators.md, made from the rule tables: their rows, and the formula beside each row. */
export function operatorsReference(): string {
  const rules = sectionsOf('gradient/rules', Object.keys(gradientRules))
  const written = sectionsOf('decompose', [...Object.keys(decompositions), ...listOperators])
  const count =
    Object.keys(gradientRules).length + Object.keys(decompositions).length + listOperators.length
  return `${[
    '# Operators with a gradient',
    'Made from the rule tables by `npm run docs`; do not edit.',
    `${count} operators can be differentiated, in opsets 7 to the newest that the runtime takes; older forms are raised first. A prime is a derivative, dy the gradient of the loss for the output, [condition] is 1 where it holds and else 0. How the rules are used and checked: [how gradients are derived](../explanation/gradients.md). How to add one: [a guide](../guides/add-a-gradient-rule.md).`,
    '## By a rule',
    'The backward graph gets the nodes that the rule emits.',
    ...rules,
    '## Written in plain operators first',
    'These become operators of the tables above before the gradient is derived, so they need no rule of their own.',
    ...written,
    '## Where a way rightly ends',
    `These give truth values, whole numbers, chance or what is made of shapes alone, so they need no rule: ${[...endingOperators].map((op) => `\`${op}\``).join(', ')}. If every way ends there, that is NO_GRADIENT_PATH, not a gradient of zeros.`,
    '## Refused, because they are flat',
    `Their derivative is zero wherever there is one. A gradient of zeros would make a model look robust, so it is NO_GRADIENT_RULE instead. Only ${[...stepOperators].map((op) => `\`${op}\``).join(', ')} may stand beside a way that has a slope: there they add nothing, and the gradient's notes say so.`,
    [
      '| operator | why |',
      '| --- | --- |',
      ...Object.entries(flatOperators).map(([op, why]) => `| \`${op}\` | ${why} |`),
    ].join('\n'),
    '## Everything else',
    'An operator on none of these lists stops the derivation with NO_GRADIENT_RULE, which names the operator and its node, if a way from the input to the scores leads through it. `merlon model show MODEL` says so in advance.',
  ].join('\n\n')}\n`
}

const sources = fileURLToPath(new URL('../packages/model/src', import.meta.url))

/** One table per family, which is a file. */
function sectionsOf(folder: string, keys: readonly string[]): string[] {
  const families = readdirSync(`${sources}/${folder}`)
    .filter((name) => name.endsWith('.ts') && !name.includes('.test'))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${sources}/${folder}/${name}`, 'utf8') }))
  const all = families.map(({ text }) => text).join('\n')
  return families.flatMap(({ name, text }) => {
    const rows = keys.flatMap((key) => {
      const formula = formulaOf(text, key, all)
      return formula === undefined ? [] : [`| \`${key}\` | ${formula.replaceAll('|', '\\|')} |`]
    })
    if (rows.length === 0) return []
    const title = name.replace('.ts', '').replaceAll('-', ' ')
    return [
      `### ${title[0]!.toUpperCase()}${title.slice(1)}`,
      ['| operator | formula |', '| --- | --- |', ...rows.sort()].join('\n'),
    ]
  })
}

/**
 * What stands above the row of an operator, or else above the first rule that the row names; `undefined` if there is no such row.
 * Rules may stand in another file of the family: `all` holds every one.
 */
export function formulaOf(text: string, key: string, all = text): string | undefined {
  const lines = text.split('\n')
  const row = lines.findIndex((line) => keyOf(line) === key)
  if (row === -1) return undefined
  const above: string[] = []
  for (let i = row - 1; lines[i]?.startsWith('  // '); i--) above.unshift(lines[i]!.slice(5))
  if (above.length > 0) return above.join(' ')
  const next = lines.findIndex((line, i) => i > row && (keyOf(line) !== undefined || line === '}'))
  const named = lines
    .slice(row, next === -1 ? undefined : next)
    .join(' ')
    .replace(/^.*?: /, '')
  const formulas = (named.match(/[a-z]\w*/g) ?? []).map((rule) => commentAbove(all, rule))
  // What only makes rules from formulas has none of its own.
  return formulas.find((formula) => formula !== '' && !formula.startsWith('A rule')) ?? ''
}

/** The sentence above a declaration, on one line. */
function commentAbove(text: string, name: string): string {
  const start = new RegExp(`^(?:export )?(?:const|function) ${name}\\b`, 'm').exec(text)?.index ?? 0
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(text.slice(0, start))
  return (comment?.[1] ?? '')
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The operator of a row, `  Op: rule,` or `  'domain:Op': rule(...`, also in a table of one line. */
function keyOf(line: string): string | undefined {
  const match = /^(?: {2}|.*Rules = \{ )(?:'([\w.:]+)'|([A-Z]\w*)): /.exec(line)
  return match?.[1] ?? match?.[2]
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(operatorsPage, operatorsReference())
