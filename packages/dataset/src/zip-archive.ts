import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'
import { errorCode } from './stored-file.ts'

/** One file of an archive, not yet unpacked. */
export interface ZipEntry {
  readonly name: string
  readonly isStored: boolean
  readonly crc: number
  /** Bytes after unpacking, as the archive claims. */
  readonly size: number
  readonly packed: Uint8Array
}

/** True for what begins like a ZIP archive; an empty one has nothing but its end. */
export function isZip(head: Uint8Array): boolean {
  const isPk = head[0] === 0x50 && head[1] === 0x4b
  return isPk && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6))
}

const endBytes = 22
const entryBytes = 46
const localBytes = 30

/**
 * The files of a ZIP archive, from its central directory (APPNOTE.TXT 6.3): stored or deflated, not encrypted.
 * @throws DatasetError DATASET_CORRUPT, DATASET_TOO_LARGE, DATASET_FORMAT_UNKNOWN
 */
export function zipEntries(bytes: Uint8Array, path: string): readonly ZipEntry[] {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOf(archive)
  if (end === undefined) throw corrupt(path, 'has no directory, as after an interrupted download')
  const count = archive.readUInt16LE(end + 10)
  if (count > limits.archiveEntriesMax) throw tooLarge(path, `${count} files`)
  const entries = new Map<string, ZipEntry>()
  let at = archive.readUInt32LE(end + 16)
  for (let i = 0; i < count; i++) {
    if (at + entryBytes > end || archive.readUInt32LE(at) !== 0x02014b50) {
      throw corrupt(path, 'has a damaged directory')
    }
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + entryBytes, at + entryBytes + nameLength)
    if (entries.has(name)) throw corrupt(path, 'holds two files of one name')
    entries.set(name, entryAt(archive, at, name, path))
    at += entryBytes + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return [...entries.values()]
}

/** @throws DatasetError DATASET_CORRUPT, DATASET_TOO_LARGE */
export async function unpack({ isStored, packed, size, crc }: ZipEntry, path: string) {
  if (size > limits.fileBytesMax) throw tooLarge(path, `${size} bytes after decompression`)
  const whole = isStored ? packed : await inflated(packed, size, path)
  if (whole.length !== size || crc32(whole) !== crc) {
    throw corrupt(path, 'does not hold what its checksum says')
  }
  return whole
}

/** A ZIP archive of stored files; every date is 1980, so that the same files give the same bytes. */
export function zipOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [text, bytes] of files) {
    const name = Buffer.from(text)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0) // version 2.0
    facts.writeUInt16LE(0x0800, 2) // the name is UTF-8
    facts.writeUInt16LE(0x0021, 8) // 1 January 1980
    facts.writeUInt32LE(crc32(bytes), 10)
    facts.writeUInt32LE(bytes.length, 14)
    facts.writeUInt32LE(bytes.length, 18)
    facts.writeUInt16LE(name.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    locals.push(Buffer.of(0x50, 0x4b, 3, 4), facts, name, Buffer.from(bytes))
    directory.push(Buffer.of(0x50, 0x4b, 1, 2, 20, 0), facts, place, name)
    offset += localBytes + name.length + bytes.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(endBytes)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.size, 8)
  end.writeUInt16LE(files.size, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, listing, end])
}

/** The end record stands before a comment of at most 65,535 bytes. */
function endOf(archive: Buffer): number | undefined {
  const first = Math.max(0, archive.length - endBytes - 65_535)
  for (let at = archive.length - endBytes; at >= first; at--) {
    const isEnd = archive.readUInt32LE(at) === 0x06054b50
    if (isEnd && at + endBytes + archive.readUInt16LE(at + 20) === archive.length) return at
  }
  return undefined
}

function entryAt(archive: Buffer, at: number, name: string, path: string): ZipEntry {
  const [flags, method] = [archive.readUInt16LE(at + 8), archive.readUInt16LE(at + 10)]
  if ((flags & 1) !== 0 || (method !== 0 && method !== 8)) {
    throw new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${path} is encrypted or compressed in another way than numpy does; write it with numpy.savez`,
    )
  }
  const length = archive.readUInt32LE(at + 20)
  const local = archive.readUInt32LE(at + 42)
  if (local + localBytes > at || archive.readUInt32LE(local) !== 0x04034b50) {
    throw corrupt(path, 'points to a file that is not there')
  }
  const start =
    local + localBytes + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  if (start + length > at) throw corrupt(path, 'points past its own end')
  return {
    name,
    isStored: method === 0,
    crc: archive.readUInt32LE(at + 16),
    size: archive.readUInt32LE(at + 24),
    packed: archive.subarray(start, start + length),
  }
}

const inflateRawAsync = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw)

async function inflated(packed: Uint8Array, size: number, path: string): Promise<Uint8Array> {
  try {
    // One byte more than claimed is enough to see the claim broken.
    return await inflateRawAsync(packed, { maxOutputLength: size + 1 })
  } catch (cause) {
    throw corrupt(path, `does not decompress (${errorCode(cause)})`, cause)
  }
}

function corrupt(path: string, what: string, cause?: unknown): DatasetError {
  return new DatasetError('DATASET_CORRUPT', `${path} ${what}; write or fetch it again`, { cause })
}

function tooLarge(path: string, what: string): DatasetError {
  return new DatasetError(
    'DATASET_TOO_LARGE',
    `${path} holds ${what}; the limits are ${limits.archiveEntriesMax} files of ${limits.fileBytesMax} bytes in all`,
  )
}
