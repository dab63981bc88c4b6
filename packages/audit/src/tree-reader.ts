import { join } from 'node:path'
import { type Hash, type NodeAt, nodeHash } from '@merlon/crypto'
import { AuditError } from './audit-error.ts'
import { parseBundle, parseTile } from './bundle.ts'
import { readIfThere } from './files.ts'
import { type TileName, tilePath, tileWidth, widthAt } from './tile-path.ts'

/**
 * The hashes of a tile as it is in the tree of `size` records.
 * @throws AuditError AUDIT_DAMAGED if its file is missing or has another length
 */
export async function readTile(
  folder: string,
  level: number,
  index: number,
  size: number,
): Promise<Buffer[]> {
  const width = widthAt(level, index, size)
  const { bytes, path } = await readWidest(folder, { level, index, width })
  if (bytes.length % 32 !== 0 || bytes.length < 32 * width) throw damaged(folder, path)
  return parseTile(bytes).slice(0, width)
}

/**
 * The entries of a bundle as it is in the tree of `size` records.
 * @throws AuditError AUDIT_DAMAGED if its file is missing or is not a bundle
 */
export async function readBundle(folder: string, index: number, size: number): Promise<Buffer[]> {
  const width = widthAt('entries', index, size)
  const { bytes, path } = await readWidest(folder, { level: 'entries', index, width })
  const { entries, strayBytes } = parseBundle(bytes)
  if (strayBytes !== 0 || entries.length < width) throw damaged(folder, path)
  return entries.slice(0, width)
}

/** The nodes of the tree of `size` records, from its tiles; each tile is read once. */
export function nodesFromTiles(folder: string, size: number): NodeAt {
  const tiles = new Map<string, Promise<Buffer[]>>()
  return async (level, index) => {
    // A node 8 levels up is a hash of the next tile level; those between are computed.
    const tileLevel = Math.floor(level / 8)
    const count = 2 ** (level % 8)
    const tileIndex = Math.floor((index * count) / tileWidth)
    const key = `${tileLevel}/${tileIndex}`
    const reading = tiles.get(key) ?? readTile(folder, tileLevel, tileIndex, size)
    tiles.set(key, reading)
    const start = index * count - tileIndex * tileWidth
    const hashes = (await reading).slice(start, start + count)
    if (hashes.length !== count) throw new Error(`bug: node ${level}/${index} is not in the tree`)
    return fullRoot(hashes)
  }
}

/** The root over hashes whose count is a power of two. */
export function fullRoot(hashes: readonly Hash[]): Hash {
  let row = hashes
  while (row.length > 1) {
    const next: Hash[] = []
    for (let i = 0; i < row.length; i += 2) next.push(nodeHash(row[i]!, row[i + 1]!))
    row = next
  }
  return row[0]!
}

/** A partial tile may have been removed since its full tile is there (C2SP tlog-tiles). */
async function readWidest(
  folder: string,
  name: TileName,
): Promise<{ bytes: Buffer; path: string }> {
  for (const width of name.width === tileWidth ? [tileWidth] : [name.width, tileWidth]) {
    const path = tilePath({ ...name, width })
    const bytes = await readIfThere(join(folder, path))
    if (bytes !== undefined) return { bytes, path }
  }
  throw new AuditError(
    'AUDIT_DAMAGED',
    `${join(folder, tilePath(name))} is missing; run audit verify`,
  )
}

function damaged(folder: string, path: string): AuditError {
  return new AuditError('AUDIT_DAMAGED', `${join(folder, path)} is damaged; run audit verify`)
}
