import type { Illustration, Picture } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { CellResult } from './campaign.ts'
import type { Example } from './examples.ts'

interface ImageShape {
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
}

/** Samples that fell, as pictures: original, adversarial, and their difference magnified. Images only. */
export function illustrations(dataset: Dataset, cells: readonly CellResult[]): Illustration[] {
  const shape = imageShape(dataset)
  if (shape === undefined) return []
  return cells.flatMap((cell) =>
    cell.examples.length === 0 ? [] : [illustrate(cell, shape, dataset)],
  )
}

function illustrate(cell: CellResult, shape: ImageShape, dataset: Dataset): Illustration {
  const largest = cell.examples.reduce((most, { original, adversarial }) => {
    return adversarial.reduce((m, value, k) => Math.max(m, Math.abs(value - original[k]!)), most)
  }, 0)
  // Rounded down, so that the largest change still fits between black and white.
  const scale = largest === 0 ? 1 : Math.floor(5 / largest) / 10
  const named = (label: number) => dataset.labelNames[label] ?? String(label)
  return {
    caption: `Samples that fell to ${cell.attack} ${within(cell)}: the true label, then what the model answers. In the difference grey is no change, magnified ${scale} times.`,
    columns: ['original', 'adversarial', `difference x ${scale}`],
    rows: cell.examples.map((example) => {
      const [label, answered] = [named(example.label), named(example.answered)]
      const difference = example.adversarial.map(
        (value, k) => 0.5 + scale * (value - example.original[k]!),
      )
      return {
        label: `sample ${example.index}: ${label} taken for ${answered}`,
        pictures: [
          picture(`sample ${example.index} as it is, a ${label}`, example.original, shape),
          picture(`the same, changed: the model says ${answered}`, example.adversarial, shape),
          picture(`what was changed in ${changed(example)} values`, difference, shape),
        ],
      }
    }),
  }
}

function within({ norm, epsilon }: CellResult): string {
  return Number.isFinite(epsilon) ? `within ${norm} ${epsilon}` : `as near in ${norm} as it got`
}

function changed({ original, adversarial }: Example): number {
  return adversarial.reduce((sum, value, k) => sum + (value === original[k] ? 0 : 1), 0)
}

function imageShape({ kind, sampleShape, range }: Dataset): ImageShape | undefined {
  const [channels, height, width] = sampleShape
  if (kind === 'csv' || range === null || sampleShape.length !== 3) return undefined
  if (channels !== 1 && channels !== 3) return undefined
  return { channels, height: height!, width: width! }
}

/** [channel, row, column] numbers in [0, 1] as row-major 8-bit pixels. */
function picture(
  alt: string,
  values: Float32Array,
  { channels, height, width }: ImageShape,
): Picture {
  const area = height * width
  const pixels = new Uint8Array(area * channels)
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < area; k++) {
      const value = Math.round(255 * values[channel * area + k]!)
      pixels[k * channels + channel] = Math.min(255, Math.max(0, value))
    }
  }
  return { alt, width, height, channels, pixels }
}
