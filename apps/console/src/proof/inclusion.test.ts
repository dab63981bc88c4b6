import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../../../../tools/requirements.ts'
import { fromBase64, fromHex, toHex } from './bytes.ts'
import { leafHash, walkInclusion } from './inclusion.ts'

interface Vector {
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

describeWith('shared', 'inclusion vectors of transparency-dev/merkle', (shared) => {
  test('each valid proof leads to its root and each invalid one does not', async () => {
    const folder = join(shared, 'reference/merkle/inclusion')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.json'),
    )
    expect(files.length).toBeGreaterThan(90)
    for (const file of files) {
      const vector: Vector = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      expect(await isIncluded(vector), file).toBe(!vector.wantErr)
    }
  })
})

async function isIncluded({ leafIdx, treeSize, root, leafHash, proof }: Vector): Promise<boolean> {
  const walk = await walkInclusion(leafIdx, treeSize, hex(leafHash), (proof ?? []).map(hex))
  return walk.kind === 'root' && walk.root === hex(root)
}

function hex(base64: string): string {
  return toHex(fromBase64(base64) ?? new Uint8Array())
}

describe('inclusion', () => {
  const entries = Array.from({ length: 70 }, (_, i) => Buffer.from(`{"record":${i}}`))

  test('the published hash of an empty leaf', async () => {
    const empty = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    expect(await leafHash(new Uint8Array())).toBe(empty)
  })

  test('every record of every small tree is proven, and no other record is', async () => {
    for (const size of [1, 2, 3, 7, 8, 9, 70]) {
      const tree = entries.slice(0, size)
      for (let index = 0; index < size; index++) {
        const proof = path(index, tree).map(toHex)
        const leaf = await leafHash(tree[index]!)
        const walk = await walkInclusion(index, size, leaf, proof)
        expect(walk).toMatchObject({ kind: 'root', root: toHex(root(tree)) })
        if (walk.kind !== 'root') continue
        expect(walk.steps).toHaveLength(proof.length)
        for (const step of walk.steps) expect([step.left, step.right]).toContain(proof.shift())
        if (size === 1) continue
        const other = await walkInclusion(
          (index + 1) % size,
          size,
          leaf,
          path(index, tree).map(toHex),
        )
        expect(other.kind === 'root' && other.root === toHex(root(tree))).toBe(false)
      }
    }
  })

  test('hostile proofs are answered, never thrown on', async () => {
    const wild = fc.tuple(fc.double(), fc.double(), fc.string(), fc.array(fc.string()))
    await fc.assert(
      fc.asyncProperty(wild, async ([index, size, leaf, proof]) => {
        expect((await walkInclusion(index, size, leaf, proof)).kind).toBe('malformed')
      }),
    )
  })

  test('a tree beyond 32 bits is walked with whole numbers', async () => {
    const size = 2 ** 40
    const sibling = '00'.repeat(32)
    const walk = await walkInclusion(size - 1, size, sibling, Array(40).fill(sibling))
    expect(walk).toMatchObject({ kind: 'root' })
    expect(fromHex(sibling)).toHaveLength(32)
  })
})

/** RFC 6962, section 2.1, as it is written there: recursive, over whole trees. */
function root(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return hash(Buffer.of(0), leaves[0]!)
  const k = split(leaves.length)
  return hash(Buffer.of(1), root(leaves.slice(0, k)), root(leaves.slice(k)))
}

function path(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return index < k
    ? [...path(index, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...path(index - k, leaves.slice(k)), root(leaves.slice(0, k))]
}

function split(n: number): number {
  return 2 ** (Math.ceil(Math.log2(n)) - 1)
}

function hash(...parts: readonly Buffer[]): Buffer {
  const sha256 = createHash('sha256')
  for (const part of parts) sha256.update(part)
  return sha256.digest()
}
