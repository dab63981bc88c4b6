#!/usr/bin/env node
// CPU time of PGD-10, an SGD step and a clipped gradient, ours against PyTorch on the CPU; both take turns in processes of their own.
//
//   npx tsc -b && node bench/engine/run.mjs [--json] [--rounds 7] [--threads 1,2] [--only 'sgd|pgd vit']
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readNpy } from '@merlon/dataset'
import { exportedNets, writeNets } from './nets.mjs'
import { printReport } from './print.mjs'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    threads: { type: 'string', default: '1,2' },
    only: { type: 'string', default: '' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
})
const rounds = Number(options.rounds)
/** How often a measurement repeats its work, and the ratio that we mean to reach with one thread. */
const allWorkloads = [
  { task: 'pgd', net: 'mlp', times: 10, target: 1.3 },
  { task: 'pgd', net: 'cnn', times: 5, target: 1.4 },
  { task: 'pgd', net: 'lenet', times: 3, target: 1.4 },
  { task: 'pgd', net: 'resnet20', times: 1, target: 1.4 },
  { task: 'pgd', net: 'resnet20-plain', times: 1 },
  { task: 'pgd', net: 'resnet18', times: 1, target: 1 },
  { task: 'pgd', net: 'mobilenetv2', times: 1, target: 1 },
  { task: 'pgd', net: 'vit', times: 1, target: 1 },
  { task: 'attack', net: 'mlp', times: 10 },
  { task: 'attack', net: 'lenet', times: 3 },
  { task: 'sgd', net: 'mlp', times: 50, target: 0.8 },
  { task: 'sgd', net: 'cnn', times: 20, target: 0.9 },
  { task: 'sgd', net: 'lenet', times: 10, target: 0.9 },
  { task: 'sgd', net: 'resnet20-plain', times: 2, target: 0.6 },
  { task: 'clip', net: 'mlp', times: 10 },
  { task: 'clip', net: 'cnn', times: 10, target: 1.2 },
]
const only = new RegExp(options.only)
const workloads = allWorkloads.filter(({ task, net }) => only.test(`${task} ${net}`))
const tolerance = 1e-4
const folder = mkdtempSync(join(tmpdir(), 'merlon-bench-engine-'))
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

try {
  const loadBefore = loadavg()
  await writeNets(folder)
  const report = { rounds, machine: machine(loadBefore), torch: undefined, checks: [], rows: [] }
  for (const threads of options.threads.split(',').map(Number)) await measure(threads, report)
  report.machine.loadAfter = loadavg()
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else printReport(report)
} finally {
  rmSync(folder, { recursive: true })
}

async function measure(threads, report) {
  const sides = await startSides(threads, report)
  try {
    const present = await presentNets(sides)
    for (const net of present) report.checks.push(...(await compare(sides, net, threads)))
    for (const { task, net, times, target } of workloads) {
      const reason = missing(task, net, present, report.torch)
      if (reason !== undefined) {
        report.rows.push({ task, net, threads, skipped: reason })
        continue
      }
      const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
      for (let round = -1; round < rounds; round++) {
        for (const [name, side] of Object.entries(sides)) {
          const sample = await side.ask({ task, net, times })
          if (round >= 0) samples[name].push(sample)
        }
      }
      report.rows.push({ task, net, threads, ...(threads === 1 ? { target } : {}), samples })
      process.stderr.write(`${threads} threads ${task} ${net}\n`)
    }
  } finally {
    for (const side of Object.values(sides)) side.close()
  }
}

/** The nets that the workloads ask for and that are there: those of ours, and those that PyTorch exports. */
async function presentNets({ contiguous }) {
  const wanted = [...new Set(workloads.map(({ net }) => net))]
  const small = wanted.filter((net) => !exportedNets.includes(net))
  if (contiguous === undefined) return small
  for (const net of exportedNets.filter((each) => wanted.includes(each))) {
    if (!existsSync(join(folder, net))) await contiguous.ask({ task: 'export', net })
  }
  return wanted
}

function missing(task, net, present, torch) {
  if (!present.includes(net)) return 'PyTorch exports this net and is not there'
  if (task === 'clip' && torch.functorch === false) return 'functorch is not there'
  return undefined
}

/** Ours, and PyTorch in both layouts where it is installed. */
async function startSides(threads, report) {
  const sides = { ours: startSide(process.execPath, [here('ours.mjs'), folder, `${threads}`]) }
  const env = {
    ...process.env,
    OMP_NUM_THREADS: `${threads}`,
    OPENBLAS_NUM_THREADS: `${threads}`,
    OMP_WAIT_POLICY: 'PASSIVE',
  }
  for (const layout of ['contiguous', 'channels_last']) {
    const args = [here('torch-side.py'), folder, `${threads}`, layout]
    const side = startSide(options.python, args, env)
    const answer = await side.ask({ task: 'version' }).catch(() => undefined)
    report.torch = answer ?? { skipped: `${options.python} does not import torch and numpy` }
    if (answer !== undefined) sides[layout] = side
  }
  return sides
}

function startSide(program, args, env = process.env) {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    /** @throws Error if the process is gone */
    async ask(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${args[0]} ended before its answer`)
      return JSON.parse(value)
    },
    close: () => child.stdin.end(),
  }
}

/** @throws Error if a side sees another loss or gradient than ours: then its times say nothing */
async function compare(sides, net, threads) {
  const answers = {}
  for (const [name, side] of Object.entries(sides)) {
    answers[name] = await side.ask({ task: 'check', net })
  }
  const { ours, ...others } = answers
  const checks = []
  for (const [name, theirs] of Object.entries(others)) {
    const [a, b] = await Promise.all(
      ['ours', name].map((file) => readNpy(join(folder, net, `${file}.npy`))),
    )
    const errors = {
      losses: farthest(ours.losses, theirs.losses),
      gradient: ninetieth(a.data, b.data),
      ...(ours.curve === undefined ? {} : { curve: farthest(ours.curve, theirs.curve) }),
      ...(theirs.norms === undefined ? {} : { norms: farthest(ours.norms, theirs.norms) }),
    }
    for (const [what, error] of Object.entries(errors)) {
      if (!(error <= tolerance)) throw new Error(`${net}, ${name}: ${what} differ by ${error}`)
    }
    checks.push({ net, threads, against: name, ...errors, worst: farthest(a.data, b.data) })
  }
  return checks
}

/**
 * What nine tenths of the differences do not exceed, relative to the largest value: where an activation is zero but for
 * rounding, either slope is right, and one such unit turns much of a sample's gradient.
 */
function ninetieth(a, b) {
  if (a.length !== b.length) return Number.NaN
  const differences = a.map((value, k) => Math.abs(value - b[k])).sort()
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return differences[Math.floor(0.9 * a.length)] / scale
}

/** The largest difference, relative to the largest value. */
function farthest(a, b) {
  let [difference, scale] = [a.length === b.length ? 0 : Number.NaN, 0]
  for (let k = 0; k < a.length; k++) {
    difference = Math.max(difference, Math.abs(a[k] - b[k]))
    scale = Math.max(scale, Math.abs(b[k]))
  }
  return difference / scale
}

function machine(loadBefore) {
  const [cpu] = cpus()
  return { cpu: cpu?.model, cores: cpus().length, node: process.version, loadBefore }
}
