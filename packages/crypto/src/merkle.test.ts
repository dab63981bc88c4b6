import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { CompactRange, fullSubtrees } from './compact-range.ts'
import {
  consistencyProof,
  emptyRoot,
  type Hash,
  inclusionProof,
  leafHash,
  nodeHash,
  nodesFromLeaves,
  rangeHash,
} from './merkle-tree.ts'
import { verifyConsistency, verifyInclusion } from './verify-proof.ts'

/** The words of RFC 6962, section 2.1, and another hash interface than the product's. */
function naiveRoot(entries: readonly Uint8Array[]): Buffer {
  const hash = (...parts: Uint8Array[]) => {
    const digest = createHash('sha256')
    for (const part of parts) digest.update(part)
    return digest.digest()
  }
  if (entries.length === 0) return hash()
  if (entries.length === 1) return hash(Uint8Array.of(0), entries[0]!)
  let k = 1
  while (k * 2 < entries.length) k *= 2
  return hash(Uint8Array.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)))
}

const sizeMax = 300
const entries = Array.from({ length: sizeMax }, (_, i) => Buffer.from(`entry ${i}`))
const leaves = entries.map((entry) => leafHash(entry))
const nodeAt = nodesFromLeaves((index) => leaves[index]!)
const roots = Array.from({ length: sizeMax + 1 }, (_, size) => naiveRoot(entries.slice(0, size)))

describe('a Merkle tree', () => {
  test('of no leaves has the SHA-256 of nothing as its root', () => {
    expect(Buffer.from(emptyRoot).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  test('has the root of the RFC at every size, grown leaf by leaf', () => {
    const range = new CompactRange()
    for (let size = 0; size <= sizeMax; size++) {
      expect(range.size).toBe(size)
      expect(Buffer.compare(range.root(), roots[size]!)).toBe(0)
      if (size < sizeMax) range.append(leaves[size]!)
    }
  })

  test('has the root of the RFC at every size, put together from full subtrees', async () => {
    for (let size = 0; size <= sizeMax; size++) {
      expect(Buffer.compare(await rangeHash(0, size, nodeAt), roots[size]!)).toBe(0)
      const nodes = await Promise.all(
        fullSubtrees(size).map(({ level, index }) => nodeAt(level, index)),
      )
      expect(Buffer.compare(new CompactRange(size, nodes).root(), roots[size]!)).toBe(0)
    }
  })

  test('proves each leaf at every size up to 70, and no other leaf', async () => {
    for (let size = 1; size <= 70; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, nodeAt)
        const claim = { index, size, leafHash: leaves[index]!, proof, root: roots[size]! }
        expect(verifyInclusion(claim)).toBe(true)
        expect(verifyInclusion({ ...claim, leafHash: leaves[(index + 1) % 71]! })).toBe(false)
        expect(verifyInclusion({ ...claim, root: roots[size + 1]! })).toBe(false)
      }
    }
  })

  test('proves that each tree up to 70 leaves begins with each smaller one', async () => {
    for (let size2 = 1; size2 <= 70; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const proof = await consistencyProof(size1, size2, nodeAt)
        const claim = { size1, size2, root1: roots[size1]!, root2: roots[size2]!, proof }
        expect(verifyConsistency(claim)).toBe(true)
        expect(verifyConsistency({ ...claim, root1: roots[size1 + 1]! })).toBe(false)
        expect(verifyConsistency({ ...claim, proof: [...proof, leaves[0]!] })).toBe(false)
      }
    }
  })

  test('counts leaves beyond 32 bits', async () => {
    const size = 2 ** 40 + 3
    // Every leaf is the same, so each full subtree is known by its level alone.
    const levels: Hash[] = [leaves[0]!]
    for (let level = 1; level <= 41; level++) {
      levels.push(nodeHash(levels[level - 1]!, levels[level - 1]!))
    }
    const same = (level: number) => levels[level]!
    const root = await rangeHash(0, size, same)
    const index = 2 ** 39 + 12_345
    const proof = await inclusionProof(index, size, same)
    const claim = { index, size, leafHash: leaves[0]!, proof, root }
    expect(verifyInclusion(claim)).toBe(true)
    expect(verifyInclusion({ ...claim, index: 1, size: size % 2 ** 32 })).toBe(false)
    const size1 = 2 ** 33 + 1
    const path = await consistencyProof(size1, size, same)
    const root1 = await rangeHash(0, size1, same)
    expect(verifyConsistency({ size1, size2: size, root1, root2: root, proof: path })).toBe(true)
  })

  test('has no proof for a leaf outside it or towards a smaller tree', async () => {
    for (const [index, size] of [
      [5, 5],
      [-1, 5],
      [0.5, 5],
      [0, 0],
    ] as const) {
      await expect(inclusionProof(index, size, nodeAt)).rejects.toMatchObject({
        code: 'PROOF_IMPOSSIBLE',
      })
    }
    for (const [size1, size2] of [
      [0, 5],
      [6, 5],
      [1, Number.NaN],
    ] as const) {
      await expect(consistencyProof(size1, size2, nodeAt)).rejects.toMatchObject({
        code: 'PROOF_IMPOSSIBLE',
      })
    }
  })
})

interface Vector {
  readonly leafIdx: number
  readonly treeSize: number
  readonly leafHash: string
  readonly root: string
  readonly size1: number
  readonly size2: number
  readonly root1: string
  readonly root2: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

describeWith('shared', 'the vectors of transparency-dev/merkle', (shared) => {
  const folder = join(shared, 'reference/merkle')
  const vectors = (kind: string): { name: string; vector: Vector }[] =>
    readdirSync(join(folder, kind), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({
        name,
        // The files are the project's test data: their shape is known.
        vector: JSON.parse(readFileSync(join(folder, kind, name), 'utf8')) as Vector,
      }))
  const bytes = (base64: string) => Buffer.from(base64, 'base64')
  const proofOf = ({ proof }: Vector) => (proof ?? []).map(bytes)

  test('agree about inclusion', () => {
    const all = vectors('inclusion')
    expect(all).toHaveLength(98)
    for (const { name, vector } of all) {
      const { leafIdx: index, treeSize: size } = vector
      const claim = { index, size, leafHash: bytes(vector.leafHash), root: bytes(vector.root) }
      expect(verifyInclusion({ ...claim, proof: proofOf(vector) }), name).toBe(!vector.wantErr)
    }
  })

  test('agree about consistency', () => {
    const all = vectors('consistency')
    expect(all).toHaveLength(98)
    for (const { name, vector } of all) {
      const { size1, size2 } = vector
      const claim = { size1, size2, root1: bytes(vector.root1), root2: bytes(vector.root2) }
      expect(verifyConsistency({ ...claim, proof: proofOf(vector) }), name).toBe(!vector.wantErr)
    }
  })
})
