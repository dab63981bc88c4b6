import { limits } from '../limits.ts'
import type { ScanContext } from '../scan-context.ts'
import { scanPickle } from './pickle.ts'

/** Reads an array file of numpy: numbers of the length that its header says, or a pickle of objects. */
export function scanNpy(name: string, bytes: Uint8Array, context: ScanContext) {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const invalid = (why: string) => context.find('artifact/file-invalid', name, 0, why)
  if (file.length < 12) return invalid('the header is cut off')
  const isLong = (file[6] ?? 0) >= 2
  const length = isLong ? file.readUInt32LE(8) : file.readUInt16LE(8)
  const start = (isLong ? 12 : 10) + length
  if (length > limits.npyHeaderBytesMax || start > file.length)
    return invalid('the header is cut off')
  const header = file.toString('latin1', start - length, start)
  const payload = bytes.subarray(start)
  if (/'descr'\s*:\s*(?:'[<>|=]?O|\[)/.test(header)) {
    const isObjects = /'[<>|=]?O8?'/.test(header)
    if (isObjects) return unpickled(`${name}!objects`, payload, context)
    return context.skip(name, 'arrays of records are not read yet')
  }
  const type = /'descr'\s*:\s*'[<>|=]?([a-zA-Z])(\d+)(?:\[[^\]]*\])?'/.exec(header)
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)
  if (type === null || shape === null) return invalid('the header names no type and shape')
  const itemBytes = Number(type[2]) * (type[1] === 'U' ? 4 : 1)
  const sides = (shape[1] ?? '').split(',').filter((side) => side.trim() !== '')
  const needed = sides.reduce((product, side) => product * Number(side), itemBytes)
  if (needed > payload.length)
    return invalid(`the header needs ${needed} bytes, ${payload.length} are there`)
  if (needed < payload.length) {
    context.find(
      'artifact/unexplained-bytes',
      name,
      start + needed,
      `${payload.length - needed} bytes after the array`,
    )
    context.scan(`${name}!rest`, payload.subarray(needed))
  }
}

function unpickled(name: string, bytes: Uint8Array, context: ScanContext): void {
  const { end } = scanPickle(name, bytes, context)
  if (end < bytes.length) {
    context.find(
      'artifact/unexplained-bytes',
      name,
      end,
      `${bytes.length - end} bytes after the pickle`,
    )
  }
}
