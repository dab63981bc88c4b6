#!/usr/bin/env node
// How little noise fools a recogniser of spoken digits: success against the signal-to-noise ratio.
//
//   npx tsc -b && node bench/audio/run.mjs [--json] [--recordings 40] [--epochs 12] [--seed 1]
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { attackCatalogue, snrDecibels } from '@merlon/attacks'
import { deriveSeed, gaussian, medianEstimate, proportion, seededRandom } from '@merlon/core'
import { openModel } from '@merlon/model'
import { gather, tensor } from '@merlon/tensor'
import { fitRecognizer } from './recognizer.mjs'
import { readSpokenDigits } from './spoken-digits.mjs'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    recordings: { type: 'string', default: '40' },
    epochs: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    shared: { type: 'string', default: fileURLToPath(new URL('../../../shared', import.meta.url)) },
  },
})
const [count, epochs, seed] = [options.recordings, options.epochs, options.seed].map(Number)
const decibels = [10, 20, 30, 40]
const attacks = [
  { attack: 'fmn', parameters: {} },
  { attack: 'deepfool', parameters: {} },
  { attack: 'sign-opt', parameters: { queries: 2000 } },
]

const { train, test } = readSpokenDigits(`${options.shared}/data/audio/fsdd-recordings.tar.gz`)
const loadBefore = loadavg()
process.stderr.write(`training on ${train.labels.length} recordings\n`)
const model = await openModel(await fitRecognizer(train, { epochs, seed }), { threads: 1 })
const answered = await model.labels(test.inputs)
const right = Array.from(test.labels.keys()).filter((i) => answered[i] === test.labels[i])
// Digits stand in a row in the archive: take them from everywhere.
const chosen = right
  .filter((_, k) => k % Math.max(1, Math.floor(right.length / count)) === 0)
  .slice(0, count)
const batch = gather(test.inputs, chosen)
const truth = Int32Array.from(chosen, (i) => test.labels[i])
const rows = [await byNoise()]
for (const { attack, parameters } of attacks) rows.push(await measure(attack, parameters))
await model.close()

const report = {
  seed,
  accuracy: right.length / test.labels.length,
  rows,
  loadBefore,
  loadAfter: loadavg(),
}
if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
else print(report)

async function measure(attack, parameters) {
  process.stderr.write(`${attack}\n`)
  const random = seededRandom(deriveSeed(seed, attack))
  const ball = { norm: 'l2', epsilon: Number.POSITIVE_INFINITY, range: [-1, 1] }
  const before = process.cpuUsage()
  const { run } = attackCatalogue[attack]
  const result = await run(model, batch, truth, { ...ball, random, ...parameters })
  const { user, system } = process.cpuUsage(before)
  const ratios = result.isAdversarial.map((isFooled, i) =>
    isFooled ? snrDecibels(result.adversarial, batch, i) : Number.NEGATIVE_INFINITY,
  )
  return rowOf(attack, ratios, result.queries, (user + system) / 1e6)
}

/** White noise, louder by one decibel at a time: where it fools first. */
async function byNoise() {
  const random = seededRandom(deriveSeed(seed, 'noise'))
  const size = batch.data.length / chosen.length
  const ratios = truth.map(() => Number.NEGATIVE_INFINITY)
  const [quiet, loud] = [60, -10]
  for (let level = quiet; level >= loud; level--) {
    const data = batch.data.slice()
    for (let i = 0; i < chosen.length; i++) {
      const own = data.subarray(i * size, (i + 1) * size)
      const power = own.reduce((sum, value) => sum + value ** 2, 0) / size
      const scale = Math.sqrt(power * 10 ** (-level / 10))
      for (let k = 0; k < size; k++)
        own[k] = Math.max(-1, Math.min(1, own[k] + scale * gaussian(random)))
    }
    for (const [i, label] of (await model.labels(tensor(batch.shape, data))).entries()) {
      if (label !== truth[i]) ratios[i] = Math.max(ratios[i], level)
    }
  }
  return rowOf('white noise', [...ratios], (quiet - loud + 1) * chosen.length, Number.NaN)
}

function rowOf(attack, ratios, queries, cpuSeconds) {
  const of = (name) => ({ name, seed, queries })
  return {
    attack,
    median: medianEstimate(ratios, of('snr')),
    success: decibels.map((level) =>
      proportion(
        ratios.filter((ratio) => ratio >= level).length,
        ratios.length,
        of(`fooled at ${level} dB`),
      ),
    ),
    cpuSeconds,
  }
}

function print({ accuracy, rows: lines, loadBefore: start, loadAfter }) {
  const heads = [
    'attack',
    'median SNR, dB [95 %]',
    ...decibels.map((level) => `fooled at ${level} dB or quieter`),
    'queries',
    'CPU s',
  ]
  const figure = (estimate, digits) =>
    `${estimate.value.toFixed(digits)} [${estimate.interval.map((end) => end.toFixed(digits)).join(', ')}]`
  const cells = lines.map(({ attack, median, success, cpuSeconds }) => [
    attack,
    figure(median, 1),
    ...success.map((each) => figure(each, 2)),
    Math.round(median.queries / median.n),
    Number.isNaN(cpuSeconds) ? '-' : cpuSeconds.toFixed(1),
  ])
  const table = [heads, heads.map(() => '---'), ...cells]
  process.stdout.write(`${table.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n\n`)
  const load = (values) => values.map((value) => value.toFixed(1)).join(', ')
  process.stdout.write(
    `accuracy ${accuracy.toFixed(3)}; n ${chosen.length}; seed ${seed}; load before ${load(start)}, after ${load(loadAfter)}\n`,
  )
}
