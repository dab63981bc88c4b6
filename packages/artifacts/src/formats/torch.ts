import { decodeText } from '../pickle/text.ts'
import type { Value } from '../pickle/value.ts'
import type { ScanContext } from '../scan-context.ts'
import { scanPickle } from './pickle.ts'
import type { ZipMember } from './zip.ts'

/** Bytes per element of each storage class. */
const itemBytes: Readonly<Record<string, number>> = {
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
  ComplexFloatStorage: 8,
  ComplexDoubleStorage: 16,
  UntypedStorage: 1,
}

/** A stretch of raw numbers that a pickle refers to by key. */
interface Storage {
  readonly key: string
  readonly bytes: number
}

/** The storage that a persistent id of torch names; undefined for anything else. */
export function storageOf(bytes: Uint8Array, id: Value): Storage | undefined {
  if (id.kind !== 'tuple' || id.length < 5) return undefined
  const [tag, type, key, , count] = id.items
  if (tag?.kind !== 'text' || decodeText(bytes, tag) !== 'storage') return undefined
  if (type?.kind !== 'global' || key?.kind !== 'text' || count?.kind !== 'number') return undefined
  const size = itemBytes[type.name]
  if (size === undefined || !type.module.startsWith('torch')) return undefined
  return { key: decodeText(bytes, key), bytes: size * Number(count.text) }
}

/**
 * Reads the members of a zip that torch wrote. Only a member that a pickle refers to as a storage, with just the length that
 * it needs, may hold anything; the others are scanned by content.
 */
export function scanTorch(
  archive: string,
  members: readonly ZipMember[],
  context: ScanContext,
): void {
  const storages = new Map<string, number>()
  const pickles = members.filter(({ name }) => /(^|\/)(data|constants)\.pkl$/.test(name))
  for (const { name, bytes } of pickles) {
    const folder = name.slice(0, name.lastIndexOf('/') + 1)
    const where = `${archive}!${name}`
    const persistent = (id: Value, offset: number) => {
      const storage = storageOf(bytes, id)
      if (storage !== undefined) storages.set(`${folder}data/${storage.key}`, storage.bytes)
      else
        context.find(
          'artifact/pickle-unknown-call',
          where,
          offset,
          'a persistent id that is no storage',
        )
    }
    scanPickle(where, bytes, context, { persistent })
  }
  for (const { name, bytes } of members) {
    if (pickles.some((one) => one.bytes === bytes) || storages.get(name) === bytes.length) continue
    if (isMark(name, bytes)) continue
    context.scan(`${archive}!${name}`, bytes)
  }
}

/** `version`, `byteorder` and their like: a few printable characters. */
function isMark(name: string, bytes: Uint8Array): boolean {
  const isKnown =
    /(^|\/)(version|byteorder|\.format_version|\.storage_alignment|serialization_id)$/.test(name)
  return (
    isKnown &&
    bytes.length <= 64 &&
    bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 10)
  )
}
