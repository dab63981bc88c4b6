import { fromHex, join, toHex } from './bytes.ts'

/** One step up the tree: two children and the parent that they hash to, as lower-case hex. */
export interface ProofStep {
  readonly left: string
  readonly right: string
  readonly parent: string
  /** On which side the path comes from below; the other side is from the proof. */
  readonly side: 'left' | 'right'
}

/** What a proof comes to: the root it leads to, or why it is not a proof for this place in this tree. */
export type ProofWalk =
  | { readonly kind: 'root'; readonly root: string; readonly steps: readonly ProofStep[] }
  | { readonly kind: 'malformed'; readonly why: string }

/** 63 steps cover every tree whose size is a safe integer. */
const stepsMax = 63

/** The hash of a leaf: SHA-256(0x00 || entry) (RFC 6962, section 2.1). */
export async function leafHash(entry: Uint8Array): Promise<string> {
  return toHex(await sha256(join(Uint8Array.of(0), entry)))
}

/** Walks an inclusion proof from its leaf to the root that it leads to (RFC 9162, section 2.1.3.2). */
export async function walkInclusion(
  index: number,
  treeSize: number,
  leaf: string,
  proof: readonly string[],
): Promise<ProofWalk> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(treeSize)) {
    return malformed('the index and the size must be whole numbers')
  }
  if (index < 0 || index >= treeSize)
    return malformed(`record ${index} is not in ${treeSize} records`)
  if (proof.length > stepsMax) return malformed('the proof is longer than any tree is high')
  if (![leaf, ...proof].every(isDigest)) return malformed('a hash is not 32 bytes')
  const steps: ProofStep[] = []
  let node = index
  let last = treeSize - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return malformed('the proof goes on above the root')
    const side = node % 2 === 1 || node === last ? 'right' : 'left'
    const [left, right] = side === 'right' ? [sibling, hash] : [hash, sibling]
    hash = await nodeHash(left, right)
    steps.push({ left, right, parent: hash, side })
    // A node without a right neighbour has no sibling on these levels: it moves up unchanged.
    while (side === 'right' && node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0
    ? { kind: 'root', root: hash, steps }
    : malformed('the proof stops below the root')
}

function malformed(why: string): ProofWalk {
  return { kind: 'malformed', why }
}

function isDigest(text: string): boolean {
  return fromHex(text)?.length === 32
}

/** Not a shift: sizes may pass 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2)
}

async function nodeHash(left: string, right: string): Promise<string> {
  return toHex(await sha256(join(Uint8Array.of(1), fromHex(left)!, fromHex(right)!)))
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}
