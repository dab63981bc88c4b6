import type { DatasetOptions } from '../dataset.ts'
import { DatasetError } from '../dataset-error.ts'
import { readStored } from '../stored-file.ts'
import type { MediaReader } from './media-dataset.ts'
import { decodeWav } from './wav.ts'

/**
 * Reads recordings as [samples] in [-1, 1]. All become as long as the longest, or `length` samples: shorter ones end in silence.
 * @throws DatasetError as `decodeWav`; DATASET_SHAPE_UNEVEN for several sample rates
 */
export async function soundReader(
  paths: readonly string[],
  { length }: DatasetOptions,
): Promise<MediaReader> {
  let rate: number | undefined
  let longest = 1
  for (const path of paths) {
    const { samplesPerSecond, samples } = decodeWav((await readStored(path)).bytes, path)
    rate ??= samplesPerSecond
    longest = Math.max(longest, samples.length)
    if (samplesPerSecond !== rate) {
      throw new DatasetError(
        'DATASET_SHAPE_UNEVEN',
        `${path} has ${samplesPerSecond} samples per second and the first recording ${rate}; convert them to one rate`,
      )
    }
  }
  const width = length ?? longest
  return {
    sampleShape: [width],
    range: [-1, 1],
    async read(bytes, path) {
      const samples = new Float32Array(width)
      samples.set(decodeWav(bytes, path).samples.subarray(0, width))
      return samples
    },
  }
}
