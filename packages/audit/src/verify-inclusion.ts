import { leafHash, type PublicKey, verifyInclusion } from '@merlon/crypto'
import { openCheckpoint, rootOf } from './checkpoint.ts'
import type { InclusionProof } from './log-view.ts'

/**
 * True if `publicKey` signed, under the name `origin`, a checkpoint of a tree that holds exactly this
 * text at exactly this index. Needs nothing but the proof: not the log, not the network.
 */
export function verifyInclusionProof(
  text: string,
  proof: InclusionProof,
  { origin, publicKey }: { readonly origin: string; readonly publicKey: PublicKey },
): boolean {
  try {
    const checkpoint = openCheckpoint(proof.checkpoint, origin, publicKey)
    return verifyInclusion({
      index: proof.index,
      size: checkpoint.size,
      leafHash: leafHash(Buffer.from(text)),
      proof: proof.hashes.map((hash) => Buffer.from(hash, 'hex')),
      root: rootOf(checkpoint),
    })
  } catch {
    // A note that does not open proves nothing; why it does not is of no use to this question.
    return false
  }
}
