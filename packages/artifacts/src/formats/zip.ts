import { crc32, inflateRawSync } from 'node:zlib'
import { limits } from '../limits.ts'
import type { ScanContext } from '../scan-context.ts'
import { type DirectoryEntry, readDirectory, readLocal, type ZipEntry } from './zip-directory.ts'

/** A member with its bytes unpacked. */
export interface ZipMember {
  readonly name: string
  readonly bytes: Uint8Array
  /** Where its local header is. */
  readonly offset: number
}

/**
 * Unpacks every member that any reader could find: those of the directory, and those whose local headers lie where the
 * directory is silent. Whatever the views disagree on is a finding; what cannot be unpacked is listed.
 */
export function readZip(name: string, bytes: Uint8Array, context: ScanContext): ZipMember[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const members: ZipMember[] = []
  const directory = readDirectory(file)
  if (directory === undefined) {
    context.find('artifact/file-invalid', name, 0, 'the archive has no directory')
  }
  if ((directory?.entries.length ?? 0) >= limits.membersMax) {
    context.skip(name, `more than ${limits.membersMax} members`)
  }
  const ambiguous = (at: number, what: string) =>
    context.find('artifact/archive-ambiguous', name, at, what)
  if ((directory?.endRecords ?? 0) > 1) ambiguous(0, 'there are several ends of directory')
  const covered: [start: number, end: number][] = []
  const seen = new Set<string>()
  for (const entry of directory?.entries ?? []) {
    judgeName(name, entry, context)
    if (seen.has(entry.name)) ambiguous(entry.local, `the name ${entry.name} is there twice`)
    seen.add(entry.name)
    const local = readLocal(file, entry.local)
    if (local === undefined) {
      ambiguous(entry.local, `${entry.name} has no local header where the directory says`)
      continue
    }
    compare(entry, local, ambiguous)
    const end = local.data + entry.packed
    const member = unpack(name, file, entry, local.data, context)
    if (member !== undefined) members.push({ name: entry.name, bytes: member, offset: entry.local })
    covered.push([entry.local, end + descriptorLength(file, entry, end)])
  }
  if (directory !== undefined) covered.push([directory.start, directory.end])
  for (const [start, end] of gaps(covered, bytes.length)) {
    members.push(...hiddenMembers(name, file, start, end, context))
    context.find(
      'artifact/unexplained-bytes',
      name,
      start,
      `${end - start} bytes outside of every member`,
    )
    context.scan(`${name}!gap@${start}`, bytes.subarray(start, end))
  }
  return members
}

function judgeName(archive: string, { name, local, isLink }: DirectoryEntry, context: ScanContext) {
  const isOutside = /^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\0/.test(name)
  if (isOutside) context.find('artifact/archive-path', archive, local, `the name ${name}`)
  if (isLink) context.find('artifact/archive-path', archive, local, `${name} is a link`)
}

function compare(
  entry: DirectoryEntry,
  local: ZipEntry,
  ambiguous: (at: number, what: string) => void,
): void {
  const isStreamed = (local.flags & 8) !== 0
  const differs = (['name', 'flags', 'method', 'crc', 'packed', 'unpacked'] as const).filter(
    (key) => {
      const isLater = isStreamed && ['crc', 'packed', 'unpacked'].includes(key) && local[key] === 0
      return local[key] !== entry[key] && !isLater
    },
  )
  if (differs.length > 0) ambiguous(entry.local, `${entry.name} differs in ${differs.join(', ')}`)
}

/** A flag may claim encryption over plain bytes: they are unpacked all the same, and the checksum tells. */
function unpack(
  archive: string,
  file: Buffer,
  entry: ZipEntry,
  data: number,
  context: ScanContext,
): Uint8Array | undefined {
  const where = `${archive}!${entry.name}`
  const isMarkedSecret = (entry.flags & 1) !== 0
  const packed = file.subarray(data, data + entry.packed)
  const bytes = inflate(packed, entry, where, context, isMarkedSecret)
  if (bytes === undefined) return undefined
  const isWhole = crc32(bytes) === entry.crc
  if (isMarkedSecret && !isWhole) {
    context.skip(where, 'the member is encrypted')
    return undefined
  }
  if (isMarkedSecret) {
    context.find(
      'artifact/archive-ambiguous',
      archive,
      data,
      `${entry.name} is marked as encrypted and is not`,
    )
  }
  if (!isWhole) {
    context.find(
      'artifact/archive-ambiguous',
      archive,
      data,
      `${entry.name} does not match its checksum`,
    )
  }
  return bytes
}

function inflate(
  packed: Buffer,
  { method, name }: ZipEntry,
  where: string,
  context: ScanContext,
  isMarkedSecret: boolean,
): Uint8Array | undefined {
  if (method === 0) return packed
  if (method !== 8) {
    context.skip(
      where,
      isMarkedSecret ? 'the member is encrypted' : `compression ${method} is not read yet`,
    )
    return undefined
  }
  const byRatio = Math.max(packed.length * limits.ratioMax, limits.ratioBytesMin)
  const maxOutputLength = Math.max(1, Math.min(byRatio, context.unpackedLeft))
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength })
    context.spend(bytes.length)
    return bytes
  } catch (error) {
    const isLarge = error instanceof RangeError
    const why = isLarge ? 'it unpacks to more than the limits allow' : 'it cannot be unpacked'
    context.skip(where, isMarkedSecret && !isLarge ? 'the member is encrypted' : why)
    if (!isMarkedSecret && !isLarge)
      context.find('artifact/file-invalid', where, 0, `${name} cannot be unpacked`)
    return undefined
  }
}

function descriptorLength(
  file: Buffer,
  { flags, packed, unpacked }: ZipEntry,
  end: number,
): number {
  if ((flags & 8) === 0 || end + 12 > file.length) return 0
  const isSigned = file.readUInt32LE(end) === 0x08074b50
  const at = isSigned ? end + 4 : end
  const isNarrow =
    at + 12 <= file.length &&
    file.readUInt32LE(at + 4) === packed &&
    file.readUInt32LE(at + 8) === unpacked
  return (isSigned ? 4 : 0) + (isNarrow ? 12 : 20)
}

function gaps(covered: readonly (readonly [number, number])[], length: number) {
  const found: [start: number, end: number][] = []
  let at = 0
  for (const [start, end] of [...covered].sort((a, b) => a[0] - b[0])) {
    if (start > at) found.push([at, start])
    at = Math.max(at, end)
  }
  if (at < length) found.push([at, length])
  return found
}

/** Members that only a reader of local headers would find. */
function hiddenMembers(
  name: string,
  file: Buffer,
  start: number,
  end: number,
  context: ScanContext,
) {
  const members: ZipMember[] = []
  let at = file.indexOf('PK\x03\x04', start, 'latin1')
  while (at >= 0 && at < end && members.length < limits.nestedBytesMax) {
    const local = readLocal(file, at)
    if (local !== undefined) {
      const what = `${local.name} is in no directory`
      context.find('artifact/archive-ambiguous', name, at, what)
      const packed = local.packed > 0 ? local.packed : end - local.data
      const bytes = unpack(name, file, { ...local, packed }, local.data, context)
      if (bytes !== undefined) members.push({ name: local.name, bytes, offset: at })
    }
    at = file.indexOf('PK\x03\x04', at + 4, 'latin1')
  }
  return members
}
