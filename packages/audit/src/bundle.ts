/** Entry bundles of C2SP tlog-tiles: entries, each after its length as a big-endian uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    const length = Buffer.allocUnsafe(2)
    length.writeUInt16BE(entry.length)
    parts.push(length, entry)
  }
  return Buffer.concat(parts)
}

/** What the bytes of a bundle hold. */
export interface ParsedBundle {
  readonly entries: readonly Buffer[]
  /** Bytes after the last whole entry; 0 in a sound bundle. */
  readonly strayBytes: number
}

/** Reads as many whole entries as there are. */
export function parseBundle(bytes: Buffer): ParsedBundle {
  const entries: Buffer[] = []
  let offset = 0
  while (offset + 2 <= bytes.length) {
    const end = offset + 2 + bytes.readUInt16BE(offset)
    if (end > bytes.length) break
    entries.push(bytes.subarray(offset + 2, end))
    offset = end
  }
  return { entries, strayBytes: bytes.length - offset }
}

/** A tile is nothing but its hashes in a row. */
export function encodeTile(hashes: readonly Uint8Array[]): Buffer {
  return Buffer.concat(hashes)
}

/** The hashes of a tile; stray bytes at the end are left out. */
export function parseTile(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / 32) }, (_, i) =>
    bytes.subarray(32 * i, 32 * i + 32),
  )
}
