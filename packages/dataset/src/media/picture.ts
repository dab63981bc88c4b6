import type { Metadata } from 'sharp'
import type { DatasetOptions } from '../dataset.ts'
import { DatasetError } from '../dataset-error.ts'
import { limits } from '../limits.ts'
import { readStored } from '../stored-file.ts'
import type { MediaReader } from './media-dataset.ts'

/**
 * Reads PNG and JPEG pictures as [channels, height, width] of bytes: grey if all of them are, else RGB; turned as their EXIF
 * orientation says, without transparency. All have one size, unless `size` makes it so.
 * @throws DatasetError DATASET_FORMAT_UNKNOWN, _TOO_LARGE, _CORRUPT, _SHAPE_UNEVEN
 */
export async function pictureReader(
  paths: readonly string[],
  { size }: DatasetOptions,
): Promise<MediaReader> {
  const { default: sharp } = await import('sharp')
  // Nothing outlives its use, and one data set does not take every core.
  sharp.cache(false)
  const open = (bytes: Uint8Array) =>
    sharp(bytes, { limitInputPixels: limits.picturePixelsMax, failOn: 'warning', pages: 1 })
  let isGrey = true
  let shape: readonly [height: number, width: number] | undefined = size
  for (const path of paths) {
    const { bytes } = await readStored(path)
    const found = await metadataOf(open, bytes, path)
    isGrey &&= found.channels <= 2
    shape ??= [found.height, found.width]
    const isSame = found.height === shape[0] && found.width === shape[1]
    if (size === undefined && !isSame) {
      throw new DatasetError(
        'DATASET_SHAPE_UNEVEN',
        `${path} is ${found.width} x ${found.height} and the first picture ${shape[1]} x ${shape[0]}; make them one size, or say size in merlon.yaml`,
      )
    }
  }
  const [height = 1, width = 1] = shape ?? []
  const channels = isGrey ? 1 : 3
  return {
    sampleShape: [channels, height, width],
    range: [0, 1],
    async read(bytes, path) {
      try {
        const turned = open(bytes).autoOrient()
        const sized = size === undefined ? turned : turned.resize({ height, width, fit: 'fill' })
        const { data, info } = await sized
          .removeAlpha()
          .toColourspace(isGrey ? 'b-w' : 'srgb')
          .raw()
          .toBuffer({ resolveWithObject: true })
        if (info.width !== width || info.height !== height || info.channels !== channels) {
          throw corrupt(path, 'does not decode to what its header says')
        }
        return channelsFirst(data, channels)
      } catch (cause) {
        throw cause instanceof DatasetError ? cause : corrupt(path, 'is damaged', cause)
      }
    },
  }
}

interface Found {
  readonly width: number
  readonly height: number
  readonly channels: number
}

async function metadataOf(
  open: (bytes: Uint8Array) => { metadata(): Promise<Metadata> },
  bytes: Uint8Array,
  path: string,
): Promise<Found> {
  // Told by content, so that no other of the library's many decoders is ever reached.
  const isPng = startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  if (!isPng && !startsWith(bytes, [0xff, 0xd8, 0xff])) {
    throw new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${path} is neither PNG nor JPEG, whatever its name says; convert it`,
    )
  }
  let metadata: Metadata
  try {
    metadata = await open(bytes).metadata()
  } catch (cause) {
    throw corrupt(path, 'is damaged', cause)
  }
  const { width, height, channels } = metadata
  if (width * height > limits.picturePixelsMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${path} has ${width} x ${height} pixels, the limit is ${limits.picturePixelsMax}; make it smaller`,
    )
  }
  const isTurned = (metadata.orientation ?? 1) >= 5
  return { width: isTurned ? height : width, height: isTurned ? width : height, channels }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

/** RGBRGB... as R...G...B... */
function channelsFirst(pixels: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return pixels
  const plane = pixels.length / channels
  const planes = new Uint8Array(pixels.length)
  for (let i = 0; i < pixels.length; i++) {
    planes[(i % channels) * plane + Math.floor(i / channels)] = pixels[i]!
  }
  return planes
}

function corrupt(path: string, what: string, cause?: unknown): DatasetError {
  return new DatasetError('DATASET_CORRUPT', `${path} ${what}; fetch it again`, { cause })
}
