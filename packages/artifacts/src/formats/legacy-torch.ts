import type { Value } from '../pickle/value.ts'
import type { ScanContext } from '../scan-context.ts'
import { scanPickle } from './pickle.ts'
import { beginsWith } from './sniff.ts'
import { storageOf } from './torch.ts'

/** The magic number of torch before 1.6, as the pickle that the file begins with. */
const magic = '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'
/** Magic number, protocol, system, the object, and the keys of its storages. */
const streams = 5

/** True for a file as torch wrote it before 1.6. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  return beginsWith(bytes, magic)
}

/** Reads five pickles, and holds what follows to the length of the storages that they refer to. */
export function scanLegacyTorch(name: string, bytes: Uint8Array, context: ScanContext): void {
  const storages = new Map<string, number>()
  const persistent = (id: Value, offset: number) => {
    const storage = storageOf(bytes, id)
    if (storage !== undefined) storages.set(storage.key, storage.bytes)
    else {
      const evidence = 'a persistent id that is no storage'
      context.find('artifact/pickle-unknown-call', name, offset, evidence)
    }
  }
  const { end } = scanPickle(name, bytes, context, { persistent, streams })
  let needed = 0
  // Each storage is written after its element count, eight bytes.
  for (const length of storages.values()) needed += 8 + length
  const rest = bytes.length - end
  if (rest === needed) return
  const evidence = `${rest} bytes follow the pickles, and the storages need ${needed}`
  context.find('artifact/unexplained-bytes', name, end, evidence)
}
