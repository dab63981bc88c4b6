import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Attack, attackCatalogue } from '@merlon/attacks'

export const attacksPage = fileURLToPath(new URL('../docs/reference/attacks.md', import.meta.url))

/** docs/reference/attacks.md, made from the catalogue. */
export function attacksReference(): string {
  const entries = Object.entries(attackCatalogue)
  const rows = entries.map(([name, { title, access, norms, cost }]) =>
    tableRow([`[\`${name}\`](#${name})`, title, access, norms.join(', '), cost]),
  )
  return `${[
    '# Attacks',
    'Made from the catalogue by `npx tsx tools/docs-attacks.ts` after `npm run build`; do not edit.',
    'Access is what the adversary is assumed to have: `gradients` means the model itself. Epsilon and step sizes are in input units, so eight grey levels of images scaled to [0, 1] are 8/255. A query is one evaluation of the model on one sample; with or without its gradient it counts as one.',
    [
      tableRow(['attack', 'what it is', 'access', 'norms', 'queries per sample, at most']),
      tableRow(Array(5).fill('---')),
      ...rows,
    ].join('\n'),
    ...entries.map(([name, declaration]) => section(name, declaration)),
  ].join('\n\n')}\n`
}

function section(name: string, { title, summary, paper, parameters }: Attack): string {
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

function rangeText([low, high]: readonly [number, number]): string {
  return high === Number.MAX_VALUE ? `from ${low}` : `${low} to ${high}`
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(attacksPage, attacksReference())
