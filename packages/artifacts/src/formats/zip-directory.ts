import { limits } from '../limits.ts'

/** One member as the directory or a local header tells it. Lengths are in bytes. */
export interface ZipEntry {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly unpacked: number
  readonly isLink: boolean
}

/** A member of the directory, and where it says that its local header is. */
export interface DirectoryEntry extends ZipEntry {
  readonly local: number
}

/** What the last directory of an archive says, and how many ends of directory the file has. */
export interface Directory {
  readonly entries: readonly DirectoryEntry[]
  /** Bytes before the archive, which every offset has to be moved by. */
  readonly prefix: number
  readonly start: number
  readonly end: number
  readonly endRecords: number
}

const endLength = 22
const max32 = 0xffffffff

/** Reads the directory that the last end record leads to; undefined where there is none. */
export function readDirectory(file: Buffer): Directory | undefined {
  let endRecords = 0
  for (
    let at = file.indexOf('PK\x05\x06', 0, 'latin1');
    at >= 0;
    at = file.indexOf('PK\x05\x06', at + 4, 'latin1')
  ) {
    endRecords++
  }
  const at = file.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (at < 0 || at + endLength > file.length) return undefined
  const wide = readWideEnd(file, at)
  const size = wide?.size ?? file.readUInt32LE(at + 12)
  const offset = wide?.offset ?? file.readUInt32LE(at + 16)
  const start = (wide?.at ?? at) - size
  if (start < 0) return undefined
  const prefix = start - offset
  const end = at + endLength + file.readUInt16LE(at + 20)
  return {
    entries: readEntries(file, start, start + size, Math.max(prefix, 0)),
    prefix,
    start,
    end,
    endRecords,
  }
}

function readWideEnd(file: Buffer, at: number) {
  if (at < 20 || file.readUInt32LE(at - 20) !== 0x07064b50) return undefined
  const wide = at - 20 - 56
  if (wide < 0 || file.readUInt32LE(wide) !== 0x06064b50) return undefined
  return {
    at: wide,
    size: Number(file.readBigUInt64LE(wide + 40)),
    offset: Number(file.readBigUInt64LE(wide + 48)),
  }
}

function readEntries(file: Buffer, start: number, end: number, prefix: number): DirectoryEntry[] {
  const entries: DirectoryEntry[] = []
  let at = start
  while (at + 46 <= end && entries.length < limits.membersMax) {
    if (file.readUInt32LE(at) !== 0x02014b50) break
    const nameLength = file.readUInt16LE(at + 28)
    const extraLength = file.readUInt16LE(at + 30)
    const extra = file.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const local = file.readUInt32LE(at + 42)
    const sizes = {
      packed: file.readUInt32LE(at + 20),
      unpacked: file.readUInt32LE(at + 24),
      local,
    }
    const real = widened(extra, sizes)
    entries.push({
      name: file.toString('latin1', at + 46, at + 46 + nameLength),
      flags: file.readUInt16LE(at + 8),
      method: file.readUInt16LE(at + 10),
      crc: file.readUInt32LE(at + 16),
      packed: real.packed,
      unpacked: real.unpacked,
      isLink: file.readUInt32LE(at + 38) >>> 28 === 0xa,
      local: real.local + prefix,
    })
    at += 46 + nameLength + extraLength + file.readUInt16LE(at + 32)
  }
  return entries
}

/** Lengths of 64 bits, which stand in an extra field in the order of those that overflow. */
function widened<T extends { unpacked: number; packed: number; local: number }>(
  extra: Buffer,
  sizes: T,
) {
  const real = { unpacked: sizes.unpacked, packed: sizes.packed, local: sizes.local }
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let field = at + 4
    for (const key of ['unpacked', 'packed', 'local'] as const) {
      if (real[key] !== max32 || field + 8 > extra.length) continue
      real[key] = Number(extra.readBigUInt64LE(field))
      field += 8
    }
    break
  }
  return real
}

/** The header before a member's bytes, and where those begin; undefined where there is none. */
export function readLocal(
  file: Buffer,
  at: number,
): (ZipEntry & { readonly data: number }) | undefined {
  if (at < 0 || at + 30 > file.length || file.readUInt32LE(at) !== 0x04034b50) return undefined
  const nameLength = file.readUInt16LE(at + 26)
  const extraLength = file.readUInt16LE(at + 28)
  const data = at + 30 + nameLength + extraLength
  if (data > file.length) return undefined
  const extra = file.subarray(at + 30 + nameLength, data)
  const sizes = {
    packed: file.readUInt32LE(at + 18),
    unpacked: file.readUInt32LE(at + 22),
    local: 0,
  }
  const { packed, unpacked } = widened(extra, sizes)
  return {
    name: file.toString('latin1', at + 30, at + 30 + nameLength),
    flags: file.readUInt16LE(at + 6),
    method: file.readUInt16LE(at + 8),
    crc: file.readUInt32LE(at + 14),
    packed,
    unpacked,
    isLink: false,
    data,
  }
}
