import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from './audit-error.ts'
import { parseTilePath, type TileName } from './tile-path.ts'

/** The tiles and bundles that are on the disk, in whatever width. */
export class TileFiles {
  readonly #widths = new Map<string, number[]>()
  readonly #names = new Map<string, TileName>()
  /** Paths below the log's folder that are no names of tiles. */
  readonly unexpected: string[] = []
  /** The last bundle, -1 if there is none. */
  lastBundle = -1

  /** Takes in a path below the log's folder. */
  add(path: string): void {
    const name = parseTilePath(path)
    if (name === undefined) {
      this.unexpected.push(path)
      return
    }
    const key = keyOf(name.level, name.index)
    const widths = this.#widths.get(key) ?? []
    widths.push(name.width)
    this.#widths.set(key, widths)
    this.#names.set(key, name)
    if (name.level === 'entries') this.lastBundle = Math.max(this.lastBundle, name.index)
  }

  get count(): number {
    return this.#names.size
  }

  /** The widths of one tile or bundle; it is forgotten, so that `rest` holds what nobody asked for. */
  take(level: TileName['level'], index: number): readonly number[] {
    const key = keyOf(level, index)
    const widths = this.#widths.get(key) ?? []
    this.#widths.delete(key)
    return widths
  }

  /** Tiles that nobody has taken. */
  rest(): TileName[] {
    return [...this.#widths.keys()].map((key) => this.#names.get(key)!)
  }
}

/** Lists the tiles and bundles of a log. */
export async function listTileFiles(folder: string): Promise<TileFiles> {
  const files = new TileFiles()
  const list = async (path: string): Promise<void> => {
    for (const entry of await readFolder(join(folder, path))) {
      if (entry.isDirectory()) await list(`${path}/${entry.name}`)
      else files.add(`${path}/${entry.name}`)
    }
  }
  await list('tile')
  return files
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    // A folder of partial tiles goes when its full tile is there.
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function keyOf(level: TileName['level'], index: number): string {
  return `${level}/${index}`
}
