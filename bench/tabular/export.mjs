#!/usr/bin/env node
// Writes what the bench attacks as files: for Adult and German credit a network and boosted trees (ONNX), the encoded rows (CSV)
// and the description of their columns (JSON), so that the command line can assess them.
//
//   npx tsc -b && node bench/tabular/export.mjs FOLDER [--seed 1]
//   merlon assess FOLDER/adult-network.onnx --data FOLDER/adult.csv --columns FOLDER/adult-columns.json
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { row, rows } from '@merlon/tensor'
import { readAdult } from './adult.mjs'
import { fitBoostedTrees, treesAsOnnx } from './boosted-trees.mjs'
import { readGerman } from './german.mjs'
import { fitNetwork } from './network.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    shared: { type: 'string', default: fileURLToPath(new URL('../../../shared', import.meta.url)) },
  },
})
const [out = '.'] = positionals
const seed = Number(options.seed)
const folder = `${options.shared}/data/tabular`
mkdirSync(out, { recursive: true })
const tables = [
  {
    train: readAdult(folder, 'train', 8000),
    test: readAdult(folder, 'test', 2000),
    epochs: 10,
    trees: 60,
  },
  { train: readGerman(folder, 0, 700), test: readGerman(folder, 700, 1000), epochs: 30, trees: 40 },
]
for (const { train, test, epochs, trees } of tables) {
  const { name, layout } = train
  const write = (file, content) => writeFileSync(join(out, `${name}${file}`), content)
  write('-network.onnx', await fitNetwork(train, { epochs, seed }))
  write('-trees.onnx', treesAsOnnx(fitBoostedTrees(train, trees), layout.length))
  write('.csv', csvOf(test))
  write('-columns.json', JSON.stringify(columnsOf(test.constraints), undefined, 2))
}

function csvOf({ inputs, labels, constraints }) {
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`
  const head = [...constraints.columns.map(({ name }) => quoted(name)), 'label']
  const lines = Array.from({ length: rows(inputs) }, (_, i) => [...row(inputs, i), labels[i]])
  return `${[head, ...lines].map((cells) => cells.join(',')).join('\n')}\n`
}

/** Constraints as merlon.yaml describes them, under the names of the columns. */
function columnsOf({ columns, oneHot, rules }) {
  const nameOf = (k) => columns[k].name
  const described = columns.map(({ name, low, high, step, change, scale }) => {
    const more = { step, change: change === 'free' ? undefined : change }
    return [name, { range: [low, high], ...given(more), scale }]
  })
  const byName = Object.fromEntries(described)
  for (const group of oneHot) {
    const [attribute] = nameOf(group[0]).split(': ')
    for (const k of group) byName[nameOf(k)].oneHot = attribute
  }
  for (const rule of rules) {
    const own = byName[nameOf(rule.column ?? rule.lesser)]
    if (rule.kind === 'sum') {
      own.sum = Object.fromEntries(rule.terms.map(({ column, factor }) => [nameOf(column), factor]))
      own.offset = rule.offset
    }
    if (rule.kind === 'ratio') own.ratio = [nameOf(rule.numerator), nameOf(rule.denominator)]
    if (rule.kind === 'product') own.product = rule.factors.map(nameOf)
    if (rule.kind === 'at-most') Object.assign(own, { atMost: nameOf(rule.greater), gap: rule.gap })
  }
  return byName
}

function given(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
