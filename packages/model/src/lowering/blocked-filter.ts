import type { BlockedGraph } from './blocked-graph.ts'

/** The sizes of a filter [M, C, height, width]. */
export type FilterShape = readonly [number, number, number, number]

/** A count of channels, filled up to whole blocks. */
export function inBlocks(count: number, block: number): number {
  return Math.ceil(count / block) * block
}

/**
 * Filters [M, C, h, w] as blocked convolutions read them, filled up with zeros: the block of M innermost and, unless the
 * image is read as it is, the block of C before it. Those of a fixed filter are arranged once, when the graph is loaded.
 */
export function blockedFilter(
  b: BlockedGraph,
  filter: string,
  [filters, channels, height, width]: FilterShape,
  isImageBlocked: boolean,
): string {
  const { block } = b
  const [rows, depth] = [
    inBlocks(filters, block),
    isImageBlocked ? inBlocks(channels, block) : channels,
  ]
  const full = filled(b, filter, [rows - filters, depth - channels, 0, 0])
  const [splitTo, perm] = isImageBlocked
    ? [
        [rows / block, block, depth / block, block, height, width],
        [0, 2, 4, 5, 3, 1],
      ]
    : [
        [rows / block, block, depth, height, width],
        [0, 2, 3, 4, 1],
      ]
  const split = b.emit('Reshape', [full, b.ints(splitTo)], {})
  const turned = b.emit('Transpose', [split], { perm })
  return b.emit('Reshape', [turned, b.ints([rows, depth, height, width])], {})
}

/** One number for each filter, filled up with zeros. */
export function blockedBias(b: BlockedGraph, bias: string, filters: number): string {
  return filled(b, bias, [inBlocks(filters, b.block) - filters])
}

function filled(b: BlockedGraph, value: string, more: readonly number[]): string {
  if (more.every((count) => count === 0)) return value
  return b.emit('Pad', [value, b.ints([...more.map(() => 0), ...more])], {})
}
