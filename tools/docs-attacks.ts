import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Attack, attackCatalogue } from '@merlon/attacks'

export const attacksPage = fileURLToPath(new URL('../docs/reference/attacks.md', import.meta.url))

/** docs/reference/attacks.md, made from the catalogue. */
export function attacksReference(): string {
  const entries = Object.entries(attackCatalogue)
  const rows = entries.map(([name, { title, access, goal, norms, cost }]) =>
    tableRow([`[\`${name}\`](#${name})`, title, access, goal, norms.join(', '), cost]),
  )
  return `${[
    '# Attacks',
    'Made from the catalogue by `npx tsx tools/docs-attacks.ts` after `npm run build`; do not edit.',
    'Access is what the adversary is assumed to have: `gradients` means the model itself. Epsilon and step sizes are in input units, so eight grey levels of images scaled to [0, 1] are 8/255. A `bounded` attack does the most damage within epsilon; `merlon assess` runs it once for each. A `minimal` one looks for the nearest error and runs once, for a median distance and a curve over all epsilons. What the figures prove is on [a page of its own](../explanation/robust-accuracy.md). A query is one evaluation of the model on one sample; with or without its gradient it counts as one.',
    [
      tableRow(['attack', 'what it is', 'access', 'goal', 'norms', 'queries per sample, at most']),
      tableRow(Array(6).fill('---')),
      ...rows,
    ].join('\n'),
    ...entries.map(([name, declaration]) => section(name, declaration)),
  ].join('\n\n')}\n`
}

function section(name: string, attack: Attack): string {
  const { title, summary, paper, parameters, access, goal, norms, cost } = attack
  const options = Object.entries(parameters).map(
    ([parameter, { type, default: usual, range, choices, meaning }]) =>
      tableRow([
        `\`${parameter}\``,
        range === undefined ? (choices?.join(', ') ?? type) : `${type}, ${rangeText(range)}`,
        usual,
        meaning,
      ]),
  )
  return [
    `## ${name}`,
    `${title}. ${summary}`,
    `It assumes ${accessWords[access]} and looks for ${goalWords[goal]}, in ${norms.join(', ')}. Queries on a sample, at most: ${cost}.`,
    `Paper: [${paper.text}](${paper.url}).`,
    options.length === 0
      ? 'It has no options beyond the norm and epsilon.'
      : [
          tableRow(['option', 'type', 'default', 'meaning']),
          tableRow(Array(4).fill('---')),
          ...options,
        ].join('\n'),
  ].join('\n\n')
}

/** What the adversary is assumed to have. */
const accessWords: Readonly<Record<Attack['access'], string>> = {
  gradients: 'the model itself',
  scores: 'answers with their scores',
  labels: 'answers without scores',
}

const goalWords: Readonly<Record<Attack['goal'], string>> = {
  bounded: 'the most damage within epsilon',
  minimal: 'the nearest sample that fools the model',
}

function rangeText([low, high]: readonly [number, number]): string {
  return high === Number.MAX_VALUE ? `from ${low}` : `${low} to ${high}`
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(attacksPage, attacksReference())
