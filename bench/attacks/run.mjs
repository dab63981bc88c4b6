#!/usr/bin/env node
// Every attack of the catalogue on two MNIST networks, with what it costs, beside random noise of the same budget.
//
//   npx tsc -b && node bench/attacks/run.mjs [--json] [--attacks a,b] [--model std|adv] [--samples 50] [--seed 1]
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { attackCatalogue, attackNames, parseAttackName } from '@merlon/attacks'
import { deriveSeed, medianEstimate, proportion, seededRandom } from '@merlon/core'
import { openDataset } from '@merlon/dataset'
import { openModel } from '@merlon/model'
import { distance, gather } from '@merlon/tensor'
import { fooledByNoise } from './noise.mjs'
import { printReport } from './print.mjs'
import { rowsFor } from './trials.mjs'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    attacks: { type: 'string' },
    model: { type: 'string' },
    samples: { type: 'string' },
    seed: { type: 'string', default: '1' },
    shared: { type: 'string', default: fileURLToPath(new URL('../../../shared', import.meta.url)) },
  },
})
const chosen = options.attacks?.split(',').map(parseAttackName) ?? attackNames
const kinds = options.model === undefined ? ['std', 'adv'] : [options.model]
const seed = Number(options.seed)

const dataset = await openDataset(`${options.shared}/data/mnist`)
const report = { seed, loadBefore: loadavg(), rows: [] }
for (const kind of kinds) {
  const open = (name) =>
    openModel(`${options.shared}/data/models/mnist_${name}.onnx`, { threads: 1 })
  const model = await open(kind)
  const surrogate = await open(kind === 'std' ? 'adv' : 'std')
  const trials = chosen.flatMap((name) => rowsFor(name, kind, options.samples))
  for (const trial of trials) report.rows.push(await measure(model, surrogate, { ...trial, kind }))
  await model.close()
  await surrogate.close()
}
report.loadAfter = loadavg()
if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else printReport(report)

/** One attack on the samples that the model is right on, timed; nothing else runs meanwhile. */
async function measure(model, surrogate, trial) {
  const { attack, kind, norm, epsilon, samples, parameters } = trial
  const { run, queriesPerSample } = attackCatalogue[attack]
  const { inputs, labels } = dataset.read(0, samples)
  const answered = await model.labels(inputs)
  const right = Array.from(labels.keys()).filter((i) => answered[i] === labels[i])
  const batch = gather(inputs, right)
  const truth = Int32Array.from(right, (i) => labels[i])
  await model.lossGradient(gather(batch, [0]), truth.subarray(0, 1))
  const random = seededRandom(deriveSeed(seed, `${attack} ${norm} ${epsilon}`))
  const settings = { norm, epsilon, range: [0, 1], random, surrogate, ...parameters }

  process.stderr.write(`${kind} ${attack} ${norm} ${epsilon}\n`)
  const before = process.cpuUsage()
  const result = await run(model, batch, truth, settings)
  const { user, system } = process.cpuUsage(before)

  const away = Array.from(truth.keys(), (i) =>
    result.isAdversarial[i] ? distance(result.adversarial, batch, norm, i) : Infinity,
  )
  const standing = result.isAdversarial.filter((isFooled) => !isFooled).length
  const about = { name: 'robust accuracy', seed, queries: result.queries }
  const budget = queriesPerSample(parameters, model.classes)
  const noise = await fooledByNoise(model, { batch, truth, norm, epsilon, budget, seed })
  return {
    ...trial,
    robust: proportion(standing, samples, about),
    noise: { robust: (truth.length - noise.fooled) / samples, draws: noise.draws },
    distance: medianEstimate(away, { ...about, name: 'distance' }),
    queries: { total: result.queries, perSample: result.queries / truth.length, budget },
    cpuSeconds: (user + system) / 1e6,
    outside: outside(result.adversarial, batch, trial),
    parts: (result.parts ?? []).map((part) => ({
      attack: part.attack,
      robust: part.isAdversarial.filter((isFooled) => !isFooled).length / samples,
      queries: part.queries,
    })),
    notes: result.notes ?? [],
  }
}

/** Samples that left the ball in double precision, or the range. */
function outside(adversarial, batch, { norm, epsilon }) {
  const size = adversarial.data.length / batch.shape[0]
  let count = 0
  for (let i = 0; i < batch.shape[0]; i++) {
    const values = adversarial.data.subarray(i * size, (i + 1) * size)
    const isIn = values.every((value) => value >= 0 && value <= 1)
    if (!(isIn && distance(adversarial, batch, norm, i) <= epsilon * (1 + 1e-12))) count += 1
  }
  return count
}
