import type { LabelAccess } from '@merlon/attacks'
import { proportion } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import { rows, sizeOf, type Tensor, tensor } from '@merlon/tensor'
import type { Chosen } from './batches.ts'
import { type RatedCheck, rate } from './rated-check.ts'

/** A way in which data is often scaled or ordered otherwise than the model was made for. */
interface Reading {
  readonly name: string
  readonly fits: (shape: readonly number[]) => boolean
  readonly read: (batch: Tensor) => Tensor
}

const always = () => true
const isColour = (shape: readonly number[]) => shape.length === 3 && shape[0] === 3

/** Common ways to feed a model, each as if the data had been prepared so. */
const readings: readonly Reading[] = [
  { name: 'multiplied by 255', fits: always, read: (batch) => each(batch, (x) => 255 * x) },
  { name: 'divided by 255', fits: always, read: (batch) => each(batch, (x) => x / 255) },
  { name: 'moved from [0, 1] to [-1, 1]', fits: always, read: (b) => each(b, (x) => 2 * x - 1) },
  { name: 'with light and dark exchanged', fits: always, read: (b) => each(b, (x) => 1 - x) },
  { name: 'with red and blue exchanged', fits: isColour, read: swapped },
  { name: 'with channels last', fits: isColour, read: channelsLast },
]

/** Above this share of right answers nobody needs to guess. */
const rightEnough = 0.9

/**
 * Where the model is often wrong: would it be right if the data were scaled or ordered otherwise? Both intervals must
 * part for that. `undefined` where the model is right enough, or the data is a table.
 */
export async function misfitCheck(
  ask: LabelAccess['labels'],
  { kind, range }: Dataset,
  { inputs, labels }: Chosen,
): Promise<RatedCheck | undefined> {
  if (kind === 'csv' || range === null) return undefined
  const asIs = shareRight(await ask(inputs), labels)
  if (asIs.value > rightEnough) return undefined
  let best = { gain: Number.NEGATIVE_INFINITY, name: '', share: 0 }
  for (const { name, fits, read } of readings) {
    if (!fits(inputs.shape.slice(1))) continue
    const { value, interval } = shareRight(await ask(read(inputs)), labels)
    const gain = interval[0] - asIs.interval[1]
    if (gain > best.gain) best = { gain, name, share: value }
  }
  return rate('none', undefined, {
    name: 'data in another form',
    threshold: 0,
    severity: 'high',
    value: Math.max(0, best.gain),
    meaning: `by how much more the model is surely right on the data ${best.name} (${percent(best.share)}) than as it is (${percent(asIs.value)}): its scale or order is not the one that the model was made for`,
  })
}

function shareRight(answered: Int32Array, labels: Int32Array) {
  const right = labels.reduce((sum, label, k) => sum + (answered[k] === label ? 1 : 0), 0)
  return proportion(right, labels.length, { name: 'share', seed: 0, queries: labels.length })
}

function each(batch: Tensor, f: (x: number) => number): Tensor {
  return tensor(batch.shape, batch.data.map(f))
}

/** RGB as BGR and the other way round, in [n, 3, height, width]. */
function swapped(batch: Tensor): Tensor {
  const area = sizeOf(batch.shape.slice(2))
  const data = batch.data.slice()
  for (let i = 0; i < rows(batch); i++) {
    const [red, blue] = [3 * i * area, (3 * i + 2) * area]
    data.set(batch.data.subarray(blue, blue + area), red)
    data.set(batch.data.subarray(red, red + area), blue)
  }
  return tensor(batch.shape, data)
}

/** The same numbers in the order row, column, channel, as a file of another layout would have them. */
function channelsLast(batch: Tensor): Tensor {
  const area = sizeOf(batch.shape.slice(2))
  const data = new Float32Array(batch.data.length)
  for (let at = 0; at < data.length; at++) {
    const [i, within] = [Math.floor(at / (3 * area)), at % (3 * area)]
    data[at] = batch.data[3 * area * i + (within % 3) * area + Math.floor(within / 3)]!
  }
  return tensor(batch.shape, data)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
