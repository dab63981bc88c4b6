import { type Hash, isCount, nodeHash } from './merkle-tree.ts'

/** That a leaf is in a tree. */
export interface InclusionClaim {
  readonly index: number
  readonly size: number
  readonly leafHash: Hash
  readonly proof: readonly Hash[]
  readonly root: Hash
}

/** That the second tree begins with all leaves of the first, in the same order. */
export interface ConsistencyClaim {
  readonly size1: number
  readonly size2: number
  readonly root1: Hash
  readonly root2: Hash
  readonly proof: readonly Hash[]
}

/** Checks an inclusion proof (RFC 9162, section 2.1.3.2). Anything malformed is false. */
export function verifyInclusion({ index, size, leafHash, proof, root }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leafHash, ...proof, root]))
    return false
  let fn = index
  let sn = size - 1
  let r = leafHash
  for (const p of proof) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      r = nodeHash(p, r)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      r = nodeHash(r, p)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equal(r, root)
}

/**
 * Checks a consistency proof (RFC 9162, section 2.1.4.2). Anything malformed is false, and so is a first
 * tree without leaves: it is a prefix of every tree, so the claim would say nothing.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { size1, size2, root1, root2 } = claim
  if (!isCount(size1) || !isCount(size2) || size1 === 0 || size1 > size2) return false
  if (size1 === size2) return claim.proof.length === 0 && equal(root1, root2)
  if (!areHashes([...claim.proof, root1, root2])) return false
  const proof = isPowerOfTwo(size1) ? [root1, ...claim.proof] : claim.proof
  const [first, ...rest] = proof
  if (first === undefined || claim.proof.length === 0) return false
  let fn = size1 - 1
  let sn = size2 - 1
  while (isOdd(fn)) {
    fn = half(fn)
    sn = half(sn)
  }
  let fr = first
  let sr = first
  for (const c of rest) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      fr = nodeHash(c, fr)
      sr = nodeHash(c, sr)
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn)
        sn = half(sn)
      }
    } else {
      sr = nodeHash(sr, c)
    }
    fn = half(fn)
    sn = half(sn)
  }
  return sn === 0 && equal(fr, root1) && equal(sr, root2)
}

// Shifts of 32-bit integers would be wrong from 2^31 leaves on.
function half(n: number): number {
  return Math.floor(n / 2)
}

function isOdd(n: number): boolean {
  return n % 2 === 1
}

function isPowerOfTwo(n: number): boolean {
  let rest = n
  while (!isOdd(rest)) rest = half(rest)
  return rest === 1
}

function areHashes(hashes: readonly Hash[]): boolean {
  return hashes.every((hash) => hash.length === 32)
}

function equal(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0
}
