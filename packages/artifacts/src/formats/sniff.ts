/** True when the bytes at `start` begin as `magic`, a string of Latin-1 characters. */
export function beginsWith(bytes: Uint8Array, magic: string, start = 0): boolean {
  if (bytes.length - start < magic.length) return false
  for (let i = 0; i < magic.length; i++) {
    if (bytes[start + i] !== magic.charCodeAt(i)) return false
  }
  return true
}

/** True for bytes inside a pickle that are worth reading as a file of their own. */
export function looksNested(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 8) return false
  const first = bytes[start] ?? 0
  const second = bytes[start + 1] ?? 0
  if (first === 0x80) return second >= 2 && second <= 5 && bytes[end - 1] === 0x2e
  return beginsWith(bytes, 'PK\x03\x04', start) || beginsWith(bytes, '\x1f\x8b\x08', start)
}

/** Programs, by how they begin. */
export const programs: readonly (readonly [magic: string, name: string])[] = [
  ['\x7fELF', 'an ELF program'],
  ['MZ', 'a Windows program'],
  ['\xcf\xfa\xed\xfe', 'a Mach-O program'],
  ['\xce\xfa\xed\xfe', 'a Mach-O program'],
  ['#!', 'a script'],
]

/** Formats that are known and not read yet: a file of one is listed as not scanned. */
export const unreadFormats: readonly (readonly [magic: string, name: string])[] = [
  ["7z\xbc\xaf'\x1c", '7z archives'],
  ['\x89HDF\r\n\x1a\n', 'HDF5 files'],
  ['GGUF', 'GGUF files'],
  ['BZh', 'bzip2 streams'],
  ['\xfd7zXZ\0', 'xz streams'],
  ['\x04"M\x18', 'lz4 frames'],
  ['(\xb5/\xfd', 'zstd frames'],
]
