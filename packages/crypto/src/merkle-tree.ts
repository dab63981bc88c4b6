import { createHash } from 'node:crypto'
import { CryptoError } from './crypto-error.ts'
import { sha256 } from './hash.ts'

/** 32 bytes of SHA-256. */
export type Hash = Uint8Array

/** The root of the tree without leaves (RFC 6962, section 2.1). */
export const emptyRoot: Hash = createHash('sha256').digest()

/** The hash of a leaf: SHA-256 of 0x00 and the entry. */
export function leafHash(entry: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(entry.length + 1)
  prefixed[0] = 0x00
  prefixed.set(entry, 1)
  return sha256(prefixed)
}

/** The hash of a node: SHA-256 of 0x01 and its children's hashes. */
export function nodeHash(left: Hash, right: Hash): Buffer {
  const prefixed = Buffer.allocUnsafe(65)
  prefixed[0] = 0x01
  prefixed.set(left, 1)
  prefixed.set(right, 33)
  return sha256(prefixed)
}

/** The hash of the full subtree over the leaves [index * 2^level, (index + 1) * 2^level). */
export type NodeAt = (level: number, index: number) => Hash | Promise<Hash>

/** Answers for full subtrees by hashing leaves: for small trees, where no inner node is stored. */
export function nodesFromLeaves(leafAt: (index: number) => Hash): NodeAt {
  const nodeAt = (level: number, index: number): Hash =>
    level === 0
      ? leafAt(index)
      : nodeHash(nodeAt(level - 1, 2 * index), nodeAt(level - 1, 2 * index + 1))
  return nodeAt
}

/**
 * MTH(D[start:end]) of RFC 6962 for a range that a proof can name: `start` is a multiple of the
 * smallest power of two that is not below `end - start`. At most log2(n) nodes are asked for.
 */
export async function rangeHash(start: number, end: number, nodeAt: NodeAt): Promise<Hash> {
  const count = end - start
  if (count === 0) return emptyRoot
  const { level, width } = subtreeAtMost(count)
  const left = await nodeAt(level, start / width)
  return width === count ? left : nodeHash(left, await rangeHash(start + width, end, nodeAt))
}

/**
 * The audit path of RFC 6962, section 2.1.1: from the leaf's sibling up to the root's child.
 * @throws CryptoError PROOF_IMPOSSIBLE unless 0 <= index < size
 */
export async function inclusionProof(index: number, size: number, nodeAt: NodeAt): Promise<Hash[]> {
  if (!isCount(index) || !isCount(size) || index >= size) {
    throw new CryptoError('PROOF_IMPOSSIBLE', `record ${index} is not in a tree of ${size} records`)
  }
  const downwards: [start: number, end: number][] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + subtreeAtMost(end - start - 1).width
    if (index < middle) {
      downwards.push([middle, end])
      end = middle
    } else {
      downwards.push([start, middle])
      start = middle
    }
  }
  return hashAll(downwards.reverse(), nodeAt)
}

/**
 * The consistency proof of RFC 6962, section 2.1.2, from the tree of `size1` to the tree of `size2` leaves.
 * @throws CryptoError PROOF_IMPOSSIBLE unless 0 < size1 <= size2
 */
export async function consistencyProof(
  size1: number,
  size2: number,
  nodeAt: NodeAt,
): Promise<Hash[]> {
  if (!isCount(size1) || !isCount(size2) || size1 === 0 || size1 > size2) {
    throw new CryptoError('PROOF_IMPOSSIBLE', `no proof leads from ${size1} to ${size2} records`)
  }
  const downwards: [start: number, end: number][] = []
  let start = 0
  let end = size2
  while (end !== size1) {
    const middle = start + subtreeAtMost(end - start - 1).width
    if (size1 <= middle) {
      downwards.push([middle, end])
      end = middle
    } else {
      downwards.push([start, middle])
      start = middle
    }
  }
  // A verifier knows the old root: the subtree that is the whole old tree is left out.
  if (start !== 0) downwards.push([start, end])
  return hashAll(downwards.reverse(), nodeAt)
}

/** True for a number that can count leaves. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** The widest full subtree with at most n leaves, for n > 0. For n - 1 its width is the k of RFC 6962. */
function subtreeAtMost(n: number): { level: number; width: number } {
  let level = 0
  let width = 1
  while (width * 2 <= n) {
    level++
    width *= 2
  }
  return { level, width }
}

async function hashAll(
  ranges: readonly (readonly [start: number, end: number])[],
  nodeAt: NodeAt,
): Promise<Hash[]> {
  const hashes: Hash[] = []
  for (const [start, end] of ranges) hashes.push(await rangeHash(start, end, nodeAt))
  return hashes
}
