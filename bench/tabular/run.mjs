#!/usr/bin/env node
// How easily rows that can exist fool a network and boosted trees on Adult and German credit.
//
//   npx tsc -b && node bench/tabular/run.mjs [--json] [--rows 100] [--queries 1000] [--seed 1]
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { attackUnderConstraints, constrainedSearch, pgd } from '@merlon/attacks'
import { deriveSeed, medianEstimate, proportion, seededRandom } from '@merlon/core'
import { openModel } from '@merlon/model'
import { gather, row } from '@merlon/tensor'
import { readAdult } from './adult.mjs'
import { fitBoostedTrees, treesAsOnnx } from './boosted-trees.mjs'
import { readGerman } from './german.mjs'
import { fitNetwork } from './network.mjs'
import { decode } from './table.mjs'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '100' },
    queries: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    shared: { type: 'string', default: fileURLToPath(new URL('../../../shared', import.meta.url)) },
  },
})
const [count, queries, seed] = [options.rows, options.queries, options.seed].map(Number)
const folder = `${options.shared}/data/tabular`
const trials = [
  {
    train: readAdult(folder, 'train', 8000),
    test: readAdult(folder, 'test', 2000),
    epochs: 10,
    trees: 60,
  },
  { train: readGerman(folder, 0, 700), test: readGerman(folder, 700, 1000), epochs: 30, trees: 40 },
]

const report = { seed, queries, loadBefore: loadavg(), rows: [] }
for (const { train, test, epochs, trees } of trials) {
  const models = {
    network: await fitNetwork(train, { epochs, seed }),
    'boosted trees': treesAsOnnx(fitBoostedTrees(train, trees), train.layout.length),
  }
  for (const [kind, bytes] of Object.entries(models)) {
    const model = await openModel(bytes, { threads: 1, name: kind })
    report.rows.push(...(await measure(model, kind, test)))
    await model.close()
  }
}
report.loadAfter = loadavg()
if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else print(report)

async function measure(model, kind, { name, inputs, labels, layout, constraints, isPossible }) {
  const answered = await model.labels(inputs)
  const right = Array.from(labels.keys()).filter((i) => answered[i] === labels[i])
  const chosen = right.slice(0, count)
  const batch = gather(inputs, chosen)
  const truth = Int32Array.from(chosen, (i) => labels[i])
  const byLabels = { ...pick(model), labels: (points) => model.labels(points) }
  const search = (access) => (random) =>
    constrainedSearch(access, batch, truth, { constraints, random, queries })
  const runs = {
    'search by scores': search({ ...byLabels, scores: (points) => model.scores(points) }),
    'search by labels': search(byLabels),
  }
  if (kind === 'network') {
    // Epsilon in units of the columns' scales, in which another category is the square root of 2.
    const ball = { norm: 'l2', epsilon: 3, range: null }
    runs['pgd, l2 3'] = (random) =>
      attackUnderConstraints(pgd, model, batch, truth, constraints, { ...ball, random })
  }
  const accuracy = right.length / labels.length
  const lines = []
  for (const [attack, run] of Object.entries(runs)) {
    process.stderr.write(`${name} ${kind}, ${attack}\n`)
    const before = process.cpuUsage()
    const result = await run(seededRandom(deriveSeed(seed, `${name} ${kind} ${attack}`)))
    const { user, system } = process.cpuUsage(before)
    const made = result.isAdversarial.map((isFooled, i) => [
      isFooled,
      row(result.adversarial, i),
      row(batch, i),
    ])
    const fooling = made.filter(([isFooled]) => isFooled)
    const possible = fooling.filter(([, after, from]) =>
      isPossible(decode(after, layout), decode(from, layout)),
    )
    const costs = result.costs && [...result.costs].filter((_, i) => result.isAdversarial[i])
    const of = { name: 'fooled', seed, queries: result.queries }
    lines.push({
      data: name,
      kind,
      accuracy,
      attack,
      fooled: proportion(fooling.length, chosen.length, of),
      possible: possible.length,
      cost: costs?.length > 0 ? medianEstimate(costs, { ...of, name: 'cost' }) : undefined,
      queriesPerRow: result.queries / chosen.length,
      cpuSeconds: (user + system) / 1e6,
    })
  }
  return lines
}

function pick({ inputShape, classes }) {
  return { inputShape, classes }
}

function print({ rows, loadBefore, loadAfter }) {
  const heads = [
    'data',
    'model',
    'accuracy',
    'attack',
    'fooled [95 %]',
    'rows that can exist',
    'median cost [95 %]',
    'queries',
    'CPU s',
  ]
  const fixed = (value) => value.toFixed(2)
  const figure = (estimate) =>
    estimate === undefined
      ? '-'
      : `${fixed(estimate.value)} [${estimate.interval.map(fixed).join(', ')}]`
  const lines = rows.map((line) => [
    line.data,
    line.kind,
    line.accuracy.toFixed(3),
    line.attack,
    `${figure(line.fooled)} of ${line.fooled.n}`,
    `${line.possible} of ${Math.round(line.fooled.value * line.fooled.n)}`,
    figure(line.cost),
    Math.round(line.queriesPerRow),
    line.cpuSeconds.toFixed(1),
  ])
  const table = [heads, heads.map(() => '---'), ...lines]
  process.stdout.write(`${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n`)
  const load = (values) => values.map((value) => value.toFixed(1)).join(', ')
  process.stdout.write(`seed ${seed}; load before ${load(loadBefore)}, after ${load(loadAfter)}\n`)
}
