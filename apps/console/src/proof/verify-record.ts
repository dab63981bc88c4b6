import type { AuditProof } from '@merlon/api'
import { checkSignature, readCheckpoint, type SignatureCheck } from './checkpoint.ts'
import { leafHash, type ProofStep, type ProofWalk, walkInclusion } from './inclusion.ts'

/** One thing that the browser checked by itself, or could not. */
export interface RecordCheck {
  readonly name: string
  readonly state: 'ok' | 'failed' | 'unchecked'
  readonly text: string
}

/** What the browser makes of a record and its proof. `proven` only if nothing failed and nothing is open. */
export interface RecordVerification {
  readonly verdict: 'proven' | 'incomplete' | 'broken'
  readonly checks: readonly RecordCheck[]
  readonly steps: readonly ProofStep[]
  readonly leaf: string
}

/** Checks a record against the log's signed checkpoint, trusting nothing that the server says about it. */
export async function verifyRecord(
  record: AuditProof,
  verifierKey: string,
): Promise<RecordVerification> {
  if (globalThis.crypto?.subtle === undefined) {
    const text = 'browsers hash only on secure pages: open the console over https or on localhost'
    return conclude([{ name: 'Everything', state: 'unchecked', text }], [], record.leafHash)
  }
  const leaf = await leafHash(new TextEncoder().encode(record.entry))
  const entry = compare(
    'Entry',
    leaf === record.leafHash,
    'hashes to its leaf',
    'differs from its leaf',
  )
  if (record.proof === null) {
    const text = 'no checkpoint covers this record yet; one is signed within seconds'
    return conclude([entry, { name: 'Path', state: 'unchecked', text }], [], leaf)
  }
  const { treeSize, rootHash, hashes, checkpoint } = record.proof
  const walk = await walkInclusion(record.index, treeSize, leaf, hashes)
  const checks = [
    entry,
    pathCheck(walk, rootHash),
    checkpointCheck(checkpoint, treeSize, rootHash),
    signatureCheck(await checkSignature(checkpoint, verifierKey)),
  ]
  return conclude(checks, walk.kind === 'root' ? walk.steps : [], leaf)
}

function pathCheck(walk: ProofWalk, rootHash: string): RecordCheck {
  if (walk.kind === 'malformed') return { name: 'Path', state: 'failed', text: walk.why }
  const { length } = walk.steps
  const steps = `${length} ${length === 1 ? 'step' : 'steps'}`
  const wrong = 'leads to another root than the log’s'
  return compare('Path', walk.root === rootHash, `leads to the root in ${steps}`, wrong)
}

function checkpointCheck(note: string, treeSize: number, rootHash: string): RecordCheck {
  const checkpoint = readCheckpoint(note)
  if (checkpoint === null) {
    return { name: 'Checkpoint', state: 'failed', text: 'is not a C2SP checkpoint' }
  }
  const fits = checkpoint.size === treeSize && checkpoint.rootHash === rootHash
  return compare('Checkpoint', fits, 'names this root and size', 'names another root or size')
}

function signatureCheck(check: SignatureCheck): RecordCheck {
  switch (check.kind) {
    case 'signed':
      return { name: 'Signature', state: 'ok', text: `Ed25519, by ${check.name}` }
    case 'forged':
      return { name: 'Signature', state: 'failed', text: check.why }
    case 'unchecked':
      return { name: 'Signature', state: 'unchecked', text: check.why }
  }
}

function compare(name: string, holds: boolean, right: string, wrong: string): RecordCheck {
  return { name, state: holds ? 'ok' : 'failed', text: holds ? right : wrong }
}

function conclude(
  checks: readonly RecordCheck[],
  steps: readonly ProofStep[],
  leaf: string,
): RecordVerification {
  const has = (state: RecordCheck['state']) => checks.some((check) => check.state === state)
  const open = has('unchecked') ? 'incomplete' : 'proven'
  return { verdict: has('failed') ? 'broken' : open, checks, steps, leaf }
}
