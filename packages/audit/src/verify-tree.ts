import { join } from 'node:path'
import { CompactRange, type Hash, leafHash } from '@merlon/crypto'
import { parseBundle, parseTile } from './bundle.ts'
import { type Checkpoint, rootOf } from './checkpoint.ts'
import { readIfThere } from './files.ts'
import type { Journal } from './journal.ts'
import type { Findings } from './rules.ts'
import type { TileFiles } from './tile-files.ts'
import { type TileName, tilePath, tileWidth, widthAt } from './tile-path.ts'
import { fullRoot } from './tree-reader.ts'
import { type Judge, verifyChunk } from './verify-chunk.ts'

/** What is to be verified. */
export interface TreeClaim {
  readonly folder: string
  readonly checkpoint: Checkpoint
  readonly journal: Journal
  readonly files: TileFiles
  /** Sizes of which the root is wanted. */
  readonly sizes: ReadonlySet<number>
}

/** Reads every record, tile and bundle once, computes the whole tree from the records, and compares. */
export class TreeVerifier {
  readonly #claim: TreeClaim
  readonly #findings: Findings
  readonly #range = new CompactRange()
  /** The hashes of the incomplete tile at each level. */
  readonly #levels: Hash[][] = [[]]
  readonly #roots = new Map<number, Hash>()
  #parents: { readonly index: number; readonly hashes: readonly Hash[] } | undefined

  constructor(claim: TreeClaim, findings: Findings) {
    this.#claim = claim
    this.#findings = findings
  }

  /** Records that were read: all, unless `run` had to stop at a gap. */
  get size(): number {
    return this.#range.size
  }

  /** The root over the first `size` records, if it was asked for and they could be read. */
  root(size: number): Hash | undefined {
    return size === 0 ? new CompactRange().root() : this.#roots.get(size)
  }

  /** @param size how many records there should be, those of the journal included */
  async run(size: number): Promise<void> {
    const { checkpoint, files, folder } = this.#claim
    for (let index = 0; index * tileWidth < size; index++) {
      const start = index * tileWidth
      const width = widthAt(0, index, checkpoint.size)
      const isLast = start + tileWidth >= checkpoint.size || index >= files.lastBundle
      const chunk = { index, width, isLast }
      const { hashes: signed, checked } =
        width === 0
          ? { hashes: [], checked: new Set<string>() }
          : await verifyChunk(folder, chunk, await this.#judge(index, width), this.#findings)
      if (signed.length < width) return
      const hashes = [...signed, ...this.#journalHashes(start + width, start + tileWidth)]
      this.#compareJournal(start, signed)
      await this.#compareFiles('entries', index, hashes, checked)
      await this.#compareFiles(0, index, hashes, checked)
      await this.#append(hashes)
    }
    await this.#finish()
  }

  /** A full chunk is judged by the tile above it, the last one by the signed root. */
  async #judge(index: number, width: number): Promise<Judge> {
    const { checkpoint } = this.#claim
    if (width === tileWidth) {
      const parent = await this.#parent(index)
      return (hashes) =>
        parent && hashes.length === width && Buffer.compare(fullRoot(hashes), parent) === 0
    }
    const before = this.#range.clone()
    return (hashes) => {
      if (hashes.length !== width) return false
      const range = before.clone()
      for (const hash of hashes) range.append(hash)
      return rootOf(checkpoint).equals(range.root())
    }
  }

  /** What the tile of level 1 holds for a full chunk. */
  async #parent(index: number): Promise<Hash | undefined> {
    const parentIndex = Math.floor(index / tileWidth)
    if (this.#parents?.index !== parentIndex) {
      const bytes = await this.#readNeeded(1, parentIndex)
      this.#parents = { index: parentIndex, hashes: bytes === undefined ? [] : parseTile(bytes) }
    }
    return this.#parents.hashes[index % tileWidth]
  }

  #readNeeded(level: number, index: number): Promise<Buffer | undefined> {
    const { folder, checkpoint } = this.#claim
    const width = widthAt(level, index, checkpoint.size)
    const read = (width: number) => readIfThere(join(folder, tilePath({ level, index, width })))
    return read(width).then((bytes) => bytes ?? read(tileWidth))
  }

  /** The leaf hashes of the journal's records in [start, end). */
  #journalHashes(start: number, end: number): Hash[] {
    const { first, entries } = this.#claim.journal
    return entries
      .slice(Math.max(0, start - first), Math.max(0, end - first))
      .map((e) => leafHash(e))
  }

  /** The journal may still hold records that are in the tree. */
  #compareJournal(start: number, signed: readonly Hash[]): void {
    const { journal, folder } = this.#claim
    for (let i = Math.max(0, journal.first - start); i < signed.length; i++) {
      const entry = journal.entries[start + i - journal.first]
      if (entry === undefined || Buffer.compare(leafHash(entry), signed[i]!) === 0) continue
      const evidence = `the journal in ${folder} holds another record ${start + i} than was signed`
      const title = `record ${start + i} was changed in the journal`
      this.#findings.record('audit/journal-changed', start + i, title, evidence)
    }
  }

  async #append(hashes: readonly Hash[]): Promise<void> {
    for (const hash of hashes) {
      this.#range.append(hash)
      const { size } = this.#range
      if (this.#claim.sizes.has(size)) this.#roots.set(size, this.#range.root())
    }
    let carry = hashes.length === tileWidth ? fullRoot(hashes) : undefined
    for (let level = 1; carry !== undefined; level++) {
      const tile = this.#levels[level] ?? []
      this.#levels[level] = tile
      tile.push(carry)
      carry = undefined
      if (tile.length < tileWidth) continue
      const index = this.#range.size / tileWidth ** (level + 1) - 1
      await this.#compareFiles(level, index, tile, new Set())
      carry = fullRoot(tile)
      this.#levels[level] = []
    }
  }

  async #finish(): Promise<void> {
    for (const [level, tile] of this.#levels.entries()) {
      if (tile.length === 0) continue
      const index = Math.floor(this.#range.size / tileWidth ** (level + 1))
      await this.#compareFiles(level, index, tile, new Set())
    }
    for (const name of this.#claim.files.rest()) this.#reportBeyond(name)
  }

  /** Compares every file of one tile or bundle, in whatever width, with the hashes that it should hold. */
  async #compareFiles(
    level: TileName['level'],
    index: number,
    hashes: readonly Hash[],
    checked: ReadonlySet<string>,
  ): Promise<void> {
    const { folder, checkpoint, files } = this.#claim
    if (typeof level === 'number' && level > 0 && widthAt(level, index, checkpoint.size) > 0) {
      if ((await this.#readNeeded(level, index)) === undefined) {
        const path = tilePath({ level, index, width: widthAt(level, index, checkpoint.size) })
        const evidence = 'the checkpoint needs it'
        this.#findings.file('audit/file-missing', join(folder, path), 'a tile is missing', evidence)
      }
    }
    for (const width of files.take(level, index)) {
      const path = tilePath({ level, index, width })
      if (checked.has(path)) continue
      if (width > hashes.length) {
        this.#reportBeyond({ level, index, width })
        continue
      }
      const bytes = await readIfThere(join(folder, path))
      // A partial tile goes when the full one is there.
      if (bytes === undefined) continue
      const expected = hashes.slice(0, width)
      if (level === 'entries') this.#compareBundle(path, index, bytes, expected)
      else if (!bytes.equals(Buffer.concat(expected))) {
        const evidence = 'the records lead to other hashes'
        this.#findings.file(
          'audit/tile-changed',
          join(folder, path),
          'a tile was changed',
          evidence,
        )
      }
    }
  }

  #compareBundle(path: string, index: number, bytes: Buffer, expected: readonly Hash[]): void {
    const { entries, strayBytes } = parseBundle(bytes)
    const first = expected.findIndex((hash, i) => {
      const entry = entries[i]
      return entry === undefined || Buffer.compare(leafHash(entry), hash) !== 0
    })
    if (first < 0 && entries.length === expected.length && strayBytes === 0) return
    const evidence =
      first < 0
        ? 'it holds more than its records'
        : `it differs from the signed records from record ${index * tileWidth + first} on`
    const title = 'a copy of records was changed'
    this.#findings.file('audit/file-changed', join(this.#claim.folder, path), title, evidence)
  }

  #reportBeyond(name: TileName): void {
    const path = join(this.#claim.folder, tilePath(name))
    const evidence = `checkpoint and journal hold ${this.#range.size} records; the checkpoint was set back or the journal was cut`
    this.#findings.file(
      'audit/checkpoint-behind',
      path,
      'a file holds more records than the log',
      evidence,
    )
  }
}
