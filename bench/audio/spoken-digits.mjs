import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { tensor } from '@merlon/tensor'

/** Half a second and a little at 8 kHz: longer recordings are cut, shorter ones end in silence. */
export const samples = 4096

/** The Free Spoken Digit Dataset by its own split: recordings numbered 0 to 4 are for testing. */
export function readSpokenDigits(path) {
  const parts = { train: [], test: [] }
  for (const { name, bytes } of tarEntries(gunzipSync(readFileSync(path)))) {
    const [, digit, number] = /(\d)_[a-z]+_(\d+)\.wav$/.exec(name) ?? []
    if (digit === undefined) continue
    const part = Number(number) < 5 ? parts.test : parts.train
    part.push({ label: Number(digit), wave: waveOf(bytes) })
  }
  const asSet = (recordings) => ({
    inputs: tensor(
      [recordings.length, 1, samples],
      Float32Array.from(recordings.flatMap(({ wave }) => Array.from(wave))),
    ),
    labels: Int32Array.from(recordings, ({ label }) => label),
  })
  return { train: asSet(parts.train), test: asSet(parts.test) }
}

/** The files of a tar archive: a header of 512 bytes, then the content in blocks of as many. */
function* tarEntries(archive) {
  for (let at = 0; at + 512 <= archive.length; ) {
    const header = archive.subarray(at, at + 512)
    const name = header.toString('latin1', 0, 100).split('\0')[0]
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0
    yield { name, bytes: archive.subarray(at + 512, at + 512 + size) }
    at += 512 + Math.ceil(size / 512) * 512
  }
}

/** The samples of a 16-bit mono WAV, as loud as fits into [-1, 1]. */
function waveOf(bytes) {
  const wave = new Float32Array(samples)
  let at = 12
  while (bytes.toString('latin1', at, at + 4) !== 'data') at += 8 + bytes.readUInt32LE(at + 4)
  const count = Math.min(samples, bytes.readUInt32LE(at + 4) >> 1)
  for (let k = 0; k < count; k++) wave[k] = bytes.readInt16LE(at + 8 + 2 * k) / 32_768
  const peak = wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1
  return wave.map((value) => value / peak)
}
