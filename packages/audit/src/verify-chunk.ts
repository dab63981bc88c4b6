import { join } from 'node:path'
import { type Hash, leafHash } from '@merlon/crypto'
import { type ParsedBundle, parseBundle, parseTile } from './bundle.ts'
import { readIfThere } from './files.ts'
import type { Findings } from './rules.ts'
import { type TileName, tilePath, tileWidth } from './tile-path.ts'

/** Up to 256 records that share a bundle and a tile of level 0. */
export interface Chunk {
  readonly index: number
  /** How many of its records the checkpoint covers. */
  readonly width: number
  /** No record of a later chunk is covered by the checkpoint. */
  readonly isLast: boolean
}

/** Says whether these leaf hashes are those that the signed tree has for the chunk; `undefined`: nobody knows. */
export type Judge = (hashes: readonly Hash[]) => boolean | undefined

/** What is known of a chunk. */
export interface VerifiedChunk {
  /** The leaf hashes that the signed tree has; fewer than the chunk's width where nobody knows them. */
  readonly hashes: readonly Hash[]
  /** Files that were compared to the last byte, or reported: below the log's folder. */
  readonly checked: ReadonlySet<string>
}

/**
 * Finds the leaf hashes of a chunk that the signed tree stands for, and reports what does not fit them.
 * The records and the tile are two witnesses of the same hashes; where they differ, the judge decides.
 */
export async function verifyChunk(
  folder: string,
  chunk: Chunk,
  judge: Judge,
  findings: Findings,
): Promise<VerifiedChunk> {
  const { index, width, isLast } = chunk
  const bundle = await readMain(folder, 'entries', chunk)
  const tile = await readMain(folder, 0, chunk)
  const checked = new Set([bundle?.path ?? '', tile?.path ?? ''])
  const expected = tile && parseTile(tile.bytes).slice(0, width)
  if (tile === undefined) reportMissing(folder, chunk, findings)
  if (bundle === undefined) {
    reportGone(index * tileWidth, width, chunk, findings)
    return { hashes: isLast ? [] : (expected ?? []), checked }
  }
  const parsed = parseBundle(bundle.bytes)
  const found = parsed.entries.slice(0, width).map((entry) => leafHash(entry))
  if (found.length < width && isEqual(found, expected ?? found)) {
    reportGone(index * tileWidth + found.length, width - found.length, chunk, findings)
    return { hashes: found, checked }
  }
  if (tile === undefined || expected === undefined || isEqual(found, expected)) {
    // Whether other bytes stand in the files is seen when all files of the chunk are compared.
    const isExact = parsed.strayBytes === 0 && parsed.entries.length === bundle.width
    return { hashes: found, checked: isExact ? new Set([bundle.path]) : new Set() }
  }
  const isTileRight = judge(expected)
  const tileChanged = (evidence: string) =>
    findings.file('audit/tile-changed', join(folder, tile.path), 'a tile was changed', evidence)
  if (isTileRight !== true && judge(found) === true) {
    tileChanged('its records lead to the signed root, the tile does not')
    return { hashes: found, checked }
  }
  reportRecords(found, expected, parsed, chunk, findings)
  if (isTileRight !== true) tileChanged('neither the tile nor its records lead to the signed root')
  return { hashes: expected, checked }
}

interface MainFile {
  readonly path: string
  readonly bytes: Buffer
  readonly width: number
}

/** The file as the checkpoint needs it: partial, or full where the full one has replaced it. */
async function readMain(
  folder: string,
  level: TileName['level'],
  { index, width: needed }: Chunk,
): Promise<MainFile | undefined> {
  for (const width of new Set([needed, tileWidth])) {
    const path = tilePath({ level, index, width })
    const bytes = await readIfThere(join(folder, path))
    if (bytes !== undefined) return { path, bytes, width }
  }
  return undefined
}

/** Says what happened to the records, given the hashes that they should have. */
function reportRecords(
  found: readonly Hash[],
  expected: readonly Hash[],
  { strayBytes }: ParsedBundle,
  chunk: Chunk,
  findings: Findings,
): void {
  const start = chunk.index * tileWidth
  const prefix = countEqual(found, expected, (list, i) => list[i])
  const suffix = countEqual(found, expected, (list, i) => list[list.length - 1 - i])
  const first = start + prefix
  const missing = expected.length - found.length
  const changed = (at: number, evidence: string) =>
    findings.record('audit/record-changed', at, `record ${at} was changed`, evidence)
  if (strayBytes > 0 && prefix < found.length) {
    // A changed length: what follows is cut at the wrong places.
    changed(first, 'its length was changed, so that the records after it cannot be read either')
  } else if (missing > 0 && prefix + suffix >= found.length) {
    reportGone(first, missing, chunk, findings, !chunk.isLast || prefix < found.length)
  } else if (missing < 0 && prefix + suffix >= expected.length) {
    const evidence = 'the records after it are the ones that were signed'
    findings.record('audit/record-added', first, `record ${first} was added later`, evidence)
  } else if (missing === 0 && strayBytes === 0) {
    for (let i = 0; i < found.length; i++) {
      if (same(found[i], expected[i])) continue
      changed(start + i, `its leaf hash is ${hex(found[i]!)}, signed was ${hex(expected[i]!)}`)
    }
  } else {
    changed(first, 'from here on the records are not the ones that were signed')
  }
}

/** Records that are not there: removed where later ones are, else cut off. */
function reportGone(
  first: number,
  count: number,
  { index, width, isLast }: Chunk,
  findings: Findings,
  isFollowed = !isLast,
): void {
  const size = index * tileWidth + width
  const which =
    count === 1 ? `record ${first} was` : `records ${first} to ${first + count - 1} were`
  if (isFollowed) {
    findings.record('audit/record-removed', first, `${which} removed`, 'later records are there')
  } else {
    const evidence = `the checkpoint covers records up to ${size - 1}`
    findings.record('audit/truncated', first, `the log ends before record ${first}`, evidence)
  }
}

function reportMissing(folder: string, { index, width }: Chunk, findings: Findings): void {
  const path = join(folder, tilePath({ level: 0, index, width }))
  findings.file('audit/file-missing', path, 'a tile is missing', 'the checkpoint needs it')
}

function countEqual(
  a: readonly Hash[],
  b: readonly Hash[],
  at: (list: readonly Hash[], i: number) => Hash | undefined,
): number {
  const most = Math.min(a.length, b.length)
  let count = 0
  while (count < most && same(at(a, count), at(b, count))) count++
  return count
}

function isEqual(a: readonly Hash[], b: readonly Hash[]): boolean {
  return a.length === b.length && a.every((hash, i) => same(hash, b[i]))
}

function same(a: Hash | undefined, b: Hash | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0
}

function hex(hash: Hash): string {
  return Buffer.from(hash).toString('hex')
}
