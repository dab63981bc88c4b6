import { crc32 } from 'node:zlib'
import { limits } from './limits.ts'

/**
 * A frame of the journal: a header of 20 bytes, then the entry. All numbers are big-endian.
 *   0  uint32  length of the entry
 *   4  uint64  index of the record
 *  12  uint32  CRC-32 of the entry
 *  16  uint32  CRC-32 of the 16 bytes before
 * The header has a checksum of its own so that a changed length is told from an incomplete frame.
 */
const headerBytes = 20

/** The frame of one record. */
export function encodeFrame(index: number, entry: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + entry.length)
  frame.writeUInt32BE(entry.length, 0)
  frame.writeUInt32BE(Math.floor(index / 2 ** 32), 4)
  frame.writeUInt32BE(index % 2 ** 32, 8)
  frame.writeUInt32BE(crc32(entry), 12)
  frame.writeUInt32BE(crc32(frame.subarray(0, 16)), 16)
  entry.copy(frame, headerBytes)
  return frame
}

/** Something in a journal that a sudden stop cannot have left. */
export interface FrameDamage {
  readonly offset: number
  /** The record that should begin there. */
  readonly index: number
  readonly why: string
  /** Records that are skipped: the frame found there is sound, but of a later record. */
  readonly gapTo?: number
}

/** What the bytes of a journal file hold, up to the first thing that is wrong. */
export interface ParsedFrames {
  readonly entries: readonly Buffer[]
  /** Bytes of a last frame that is incomplete: it was being written when the writer stopped. */
  readonly tornBytes: number
  readonly damage: FrameDamage | undefined
}

/** Reads frames from `bytes`, the first of which must be of record `firstIndex`. */
export function parseFrames(bytes: Buffer, firstIndex: number): ParsedFrames {
  const entries: Buffer[] = []
  let offset = 0
  const stop = (why: string, gapTo?: number): ParsedFrames => {
    const damage = { offset, index: firstIndex + entries.length, why }
    return {
      entries,
      tornBytes: 0,
      damage: gapTo === undefined ? damage : { ...damage, gapTo },
    }
  }
  while (offset < bytes.length) {
    const rest = bytes.subarray(offset)
    // A file that grew but whose blocks never reached the disk ends in zeros.
    if (rest.length < headerBytes || isZero(rest)) break
    if (crc32(rest.subarray(0, 16)) !== rest.readUInt32BE(16)) return stop('its header was changed')
    const length = rest.readUInt32BE(0)
    if (length > limits.entryBytesMax) return stop('its length is over the limit')
    const index = rest.readUInt32BE(4) * 2 ** 32 + rest.readUInt32BE(8)
    const expected = firstIndex + entries.length
    if (index > expected) return stop(`record ${index} stands in its place`, index)
    if (index < expected) return stop(`record ${index} stands in its place`)
    if (rest.length < headerBytes + length) break
    const entry = rest.subarray(headerBytes, headerBytes + length)
    if (crc32(entry) !== rest.readUInt32BE(12)) return stop('its bytes were changed')
    entries.push(entry)
    offset += headerBytes + length
  }
  return { entries, tornBytes: bytes.length - offset, damage: undefined }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}
