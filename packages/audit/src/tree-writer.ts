import { CompactRange, fullSubtrees, type Hash, leafHash } from '@merlon/crypto'
import { encodeBundle, encodeTile } from './bundle.ts'
import { type NewFile, writeFilesDurably } from './files.ts'
import { limits } from './limits.ts'
import { type TileName, tilePath, tileWidth } from './tile-path.ts'
import { fullRoot, nodesFromTiles, readBundle, readTile } from './tree-reader.ts'

/** All of a tree that its writer keeps in memory: the right edge. */
export interface TreeEdge {
  readonly range: CompactRange
  /** The hashes of the incomplete tile at each level; at most 255. */
  readonly levels: readonly (readonly Hash[])[]
  /** The entries of the incomplete bundle; at most 255. */
  readonly entries: readonly Buffer[]
}

/** The edge of the tree without records. */
export const emptyEdge: TreeEdge = { range: new CompactRange(), levels: [], entries: [] }

/**
 * Reads the edge of the tree of `size` records: a few files, however long the log is.
 * @throws AuditError AUDIT_DAMAGED
 */
export async function readEdge(folder: string, size: number): Promise<TreeEdge> {
  const levels: Hash[][] = []
  for (let hashes = size, level = 0; hashes > 0; hashes = Math.floor(hashes / tileWidth), level++) {
    const isWhole = hashes % tileWidth === 0
    levels.push(isWhole ? [] : await readTile(folder, level, Math.floor(hashes / tileWidth), size))
  }
  const entries =
    size % tileWidth === 0 ? [] : await readBundle(folder, Math.floor(size / tileWidth), size)
  const nodeAt = nodesFromTiles(folder, size)
  const nodes: Hash[] = []
  for (const { level, index } of fullSubtrees(size)) nodes.push(await nodeAt(level, index))
  return { range: new CompactRange(size, nodes), levels, entries }
}

/** A tree that has grown, with every file of it on the disk. */
export interface GrownTree {
  readonly edge: TreeEdge
  /** Folders of partial tiles, below the log's folder, that a full tile has replaced. */
  readonly obsolete: readonly string[]
}

/** Writes the bundles and tiles that `entries` complete or lengthen. The old edge is left as it is. */
export async function growTree(
  folder: string,
  edge: TreeEdge,
  entries: readonly Buffer[],
): Promise<GrownTree> {
  const range = edge.range.clone()
  const levels = edge.levels.map((hashes) => [...hashes])
  const obsolete: string[] = []
  let files: NewFile[] = []
  const addFull = (level: TileName['level'], index: number, bytes: Buffer) => {
    const path = tilePath({ level, index, width: tileWidth })
    files.push({ path, bytes })
    obsolete.push(`${path}.p`)
  }
  let bundle = [...edge.entries]
  for (const entry of entries) {
    const leaf = leafHash(entry)
    bundle.push(entry)
    range.append(leaf)
    if (bundle.length === tileWidth) {
      addFull('entries', range.size / tileWidth - 1, encodeBundle(bundle))
      bundle = []
    }
    let carry: Hash | undefined = leaf
    for (let level = 0; carry !== undefined; level++) {
      const tile: Hash[] = levels[level] ?? []
      levels[level] = tile
      tile.push(carry)
      carry = undefined
      if (tile.length < tileWidth) continue
      addFull(level, range.size / tileWidth ** (level + 1) - 1, encodeTile(tile))
      carry = fullRoot(tile)
      levels[level] = []
    }
    if (files.length >= limits.filesAtOnceMax) {
      await writeFilesDurably(folder, files)
      files = []
    }
  }
  files.push(...partialFiles(range.size, levels, bundle))
  await writeFilesDurably(folder, files)
  return { edge: { range, levels, entries: bundle }, obsolete }
}

function partialFiles(
  size: number,
  levels: readonly (readonly Hash[])[],
  bundle: readonly Buffer[],
): NewFile[] {
  const name = (level: TileName['level'], height: number, width: number) =>
    tilePath({ level, index: Math.floor(size / tileWidth ** height), width })
  const files = levels.flatMap((hashes, level) =>
    hashes.length === 0
      ? []
      : [{ path: name(level, level + 1, hashes.length), bytes: encodeTile(hashes) }],
  )
  if (bundle.length > 0) {
    files.push({ path: name('entries', 1, bundle.length), bytes: encodeBundle(bundle) })
  }
  return files
}
