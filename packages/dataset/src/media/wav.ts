import { DatasetError } from '../dataset-error.ts'
import { limits } from '../limits.ts'

/** A recording in one channel. */
export interface Sound {
  readonly samplesPerSecond: number
  /** In [-1, 1]. */
  readonly samples: Float32Array
}

/**
 * Reads a RIFF/WAVE file: whole numbers of 8 (unsigned), 16, 24 or 32 bits, or floats of 32 or 64, in one channel or several,
 * which become one by their mean (Microsoft, Multimedia Programming Interface and Data Specifications 1.0, 1991).
 * @throws DatasetError DATASET_FORMAT_UNKNOWN, _TYPE_REFUSED, _TRUNCATED, _CORRUPT, _TOO_LARGE, _NOT_NUMERIC
 */
export function decodeWav(bytes: Uint8Array, path: string): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (textAt(view, 0) !== 'RIFF' || textAt(view, 8) !== 'WAVE') {
    throw new DatasetError('DATASET_FORMAT_UNKNOWN', `${path} is no WAV file; convert it`)
  }
  let format: Format | undefined
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = textAt(view, at)
    const size = view.getUint32(at + 4, true)
    const end = at + 8 + size
    if (name === 'fmt ') format = formatAt(view, at + 8, Math.min(end, view.byteLength), path)
    if (name === 'data') {
      if (format === undefined) throw corrupt(path, 'has its sound before its format')
      if (end > view.byteLength) {
        throw new DatasetError('DATASET_TRUNCATED', `${path} ends in the middle; fetch it again`)
      }
      return soundAt(new DataView(bytes.buffer, bytes.byteOffset + at + 8, size), format, path)
    }
    // Chunks stand at even places.
    at = end + (size % 2)
  }
  throw corrupt(path, 'holds no sound')
}

interface Format {
  readonly kind: string
  readonly bytes: number
  readonly channels: number
  readonly samplesPerSecond: number
}

/** By kind of number and bits: how one is read, in [-1, 1]. */
const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  'pcm 8': (view, at) => (view.getUint8(at) - 128) / 128,
  'pcm 16': (view, at) => view.getInt16(at, true) / 2 ** 15,
  'pcm 24': (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23,
  'pcm 32': (view, at) => view.getInt32(at, true) / 2 ** 31,
  'float 32': (view, at) => view.getFloat32(at, true),
  'float 64': (view, at) => view.getFloat64(at, true),
}

function formatAt(view: DataView, at: number, end: number, path: string): Format {
  if (end - at < 16) throw corrupt(path, 'has a format that is cut short')
  const tag = view.getUint16(at, true)
  const bits = view.getUint16(at + 14, true)
  // An extensible format names its kind in the first bytes of an identifier.
  const own = tag === 0xfffe && end - at >= 26 ? view.getUint16(at + 24, true) : tag
  const kind = `${{ 1: 'pcm', 3: 'float' }[own] ?? `format ${own},`} ${bits}`
  const channels = view.getUint16(at + 2, true)
  const samplesPerSecond = view.getUint32(at + 4, true)
  if (!Object.hasOwn(readers, kind)) {
    throw new DatasetError(
      'DATASET_TYPE_REFUSED',
      `${path} holds ${kind} bits, which is none of ${Object.keys(readers).join(', ')}; convert it to PCM`,
    )
  }
  if (channels < 1 || channels > limits.soundChannelsMax || samplesPerSecond < 1) {
    throw corrupt(path, `has ${channels} channels at ${samplesPerSecond} samples per second`)
  }
  return { kind, bytes: bits / 8, channels, samplesPerSecond }
}

function soundAt(view: DataView, format: Format, path: string): Sound {
  const { kind, bytes, channels, samplesPerSecond } = format
  const count = Math.floor(view.byteLength / (bytes * channels))
  if (count > limits.soundSamplesMax) {
    throw new DatasetError(
      'DATASET_TOO_LARGE',
      `${path} holds ${count} samples, the limit is ${limits.soundSamplesMax}; cut it`,
    )
  }
  const read = readers[kind]!
  const samples = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++) {
      sum += read(view, (i * channels + channel) * bytes)
    }
    samples[i] = sum / channels
    if (!(Math.abs(samples[i]!) <= 1)) {
      throw new DatasetError(
        'DATASET_NOT_NUMERIC',
        `${path} holds ${samples[i]} at sample ${i}, outside of [-1, 1]; normalise it`,
      )
    }
  }
  return { samplesPerSecond, samples }
}

function textAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return ''
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))
}

function corrupt(path: string, what: string): DatasetError {
  return new DatasetError('DATASET_CORRUPT', `${path} ${what}; fetch it again`)
}
