/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256

/** A tile of hashes at `level`, or a bundle of entries; `width` of 256 is a full one. */
export interface TileName {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** The path below the log's folder: `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`. */
export function tilePath({ level, index, width }: TileName): string {
  const full = `tile/${level}/${indexPath(index)}`
  return width === tileWidth ? full : `${full}.p/${width}`
}

/** The tile that a path names, or `undefined` if it names none. */
export function parseTilePath(path: string): TileName | undefined {
  const match = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(
    path,
  )
  const [, level, number, width] = match ?? []
  if (level === undefined || number === undefined) return undefined
  const name: TileName = {
    level: level === 'entries' ? 'entries' : Number(level),
    index: Number(number.replaceAll(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  }
  // One tile has one name: superfluous zeros and a partial tile of full width are refused here.
  return tilePath(name) === path ? name : undefined
}

/** How many hashes the tile has in a tree of `size` records: 0 to 256. */
export function widthAt(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / tileWidth ** (level === 'entries' ? 0 : level))
  return Math.max(0, Math.min(tileWidth, hashes - index * tileWidth))
}

/** 1234067 is x001/x234/067. */
function indexPath(index: number): string {
  const last = String(index % 1000).padStart(3, '0')
  let path = last
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`
  }
  return path
}
