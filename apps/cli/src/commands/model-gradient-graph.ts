import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { assert } from '@merlon/core'
import { gradientModel, type LabelLossName } from '@merlon/model'
import type { Invocation, Outcome } from '../command.ts'
import { resolveModel } from '../named-inputs.ts'
import { plain } from '../plain.ts'
import { plannedFile } from '../writable.ts'

/** `merlon model gradient-graph MODEL --out FILE`: the derived graph, for runtimes that Merlon does not run in. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options } = invocation
  const out = await plannedFile(invocation, 'out')
  assert(out !== undefined, '--out is needed')
  const word = options.text('loss') ?? 'ce'
  const { path, preprocessing } = await resolveModel(invocation, operands[0] ?? '')
  const loss = losses[word as keyof typeof losses] // the option takes its keys alone
  const { bytes, ...names } = await gradientModel(path, { loss, preprocessing })
  await writeFile(out, bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { input, labels, gradient, losses: each, scores } = names
  return {
    data: {
      model: path,
      loss: word,
      file: out,
      sha256,
      input,
      labels,
      gradient,
      losses: each,
      scores,
    },
    text: () => [
      `takes ${plain(input)} (samples) and ${plain(labels)} (their classes, int64)`,
      `gives ${plain(gradient)} (of each sample's own loss), ${plain(each)} and ${plain(scores)}`,
      '',
      `wrote ${plain(out)}, ${bytes.length.toLocaleString('en')} bytes, sha256 ${sha256}`,
    ],
  }
}

const losses = {
  ce: 'cross-entropy',
  margin: 'margin',
  dlr: 'dlr',
  mse: 'mse',
  logit: 'logit',
} as const satisfies Readonly<Record<string, LabelLossName>>
