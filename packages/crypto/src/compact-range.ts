import { assert } from '@merlon/core'
import { emptyRoot, type Hash, nodeHash } from './merkle-tree.ts'

/**
 * A Merkle tree of which only the right edge is kept: the roots of its full subtrees, largest first.
 * It grows by one leaf in amortised constant time and memory of log2(n) hashes.
 */
export class CompactRange {
  #size: number
  readonly #nodes: Hash[]

  /** @param nodes the roots of the full subtrees of `size` leaves, one for each bit that is set in `size` */
  constructor(size = 0, nodes: readonly Hash[] = []) {
    assert(
      nodes.length === bitsSet(size),
      'a compact range has a node for each set bit of its size',
    )
    this.#size = size
    this.#nodes = [...nodes]
  }

  get size(): number {
    return this.#size
  }

  /** The roots of the full subtrees, largest first. */
  get nodes(): readonly Hash[] {
    return this.#nodes
  }

  append(leafHash: Hash): void {
    let node = leafHash
    // Each full subtree of the size that is carried over joins the new one, like a bit in an addition.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = nodeHash(this.#nodes.pop()!, node)
    }
    this.#nodes.push(node)
    this.#size++
  }

  /** The root of RFC 6962 over all leaves so far. */
  root(): Hash {
    let root = this.#nodes.at(-1)
    if (root === undefined) return emptyRoot
    for (let i = this.#nodes.length - 2; i >= 0; i--) root = nodeHash(this.#nodes[i]!, root)
    return root
  }

  /** A range of its own that begins with the same leaves. */
  clone(): CompactRange {
    return new CompactRange(this.#size, this.#nodes)
  }
}

/** The full subtrees of a tree of `size` leaves, largest first, as `level` and `index` of NodeAt. */
export function fullSubtrees(size: number): { level: number; index: number }[] {
  const subtrees: { level: number; index: number }[] = []
  let start = 0
  for (let level = 53; level >= 0; level--) {
    const width = 2 ** level
    if (size - start < width) continue
    subtrees.push({ level, index: start / width })
    start += width
  }
  return subtrees
}

function bitsSet(size: number): number {
  return fullSubtrees(size).length
}
