/** The only place that makes cryptographic choices: signatures, key files, Merkle trees, secrets. */
export { generateApiKey, hashApiKey, isApiKey, type NewApiKey, randomToken } from './api-key.ts'
export { CompactRange, fullSubtrees } from './compact-range.ts'
export { CryptoError, type CryptoErrorCode } from './crypto-error.ts'
export { cryptoErrorPages } from './error-pages.ts'
export { equalConstantTime, sha256, sha256Hex } from './hash.ts'
export { readSigningKey, writeSigningKey } from './key-file.ts'
export {
  consistencyProof,
  emptyRoot,
  type Hash,
  inclusionProof,
  leafHash,
  type NodeAt,
  nodeHash,
  nodesFromLeaves,
  rangeHash,
} from './merkle-tree.ts'
export { Secret } from './secret.ts'
export { openNote, signNote, unverifiedNoteText } from './signed-note.ts'
export {
  generateSigningKey,
  type PublicKey,
  publicKeyFromRaw,
  type SigningKey,
  signingKeyFromPem,
  signingKeyFromSeed,
} from './signing-key.ts'
export { keyId, parseVerifierKey, type VerifierKey, verifierKey } from './verifier-key.ts'
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from './verify-proof.ts'
