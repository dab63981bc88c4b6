import { setTimeout as pause } from 'node:timers/promises'
import { type AuditVerification, verifyAuditLog } from '@merlon/audit'
import type { Task } from '@merlon/core'
import { parseVerifierKey } from '@merlon/crypto'
import { limits } from '../limits.ts'

export interface VerifyAuditJob {
  readonly dir: string
  /** `origin+hash+base64`. */
  readonly verifierKey: string
  readonly witnesses: readonly string[]
}

/**
 * Reads the whole audit log and recomputes it; a writer may be at work.
 * @throws AuditError AUDIT_NOT_FOUND; CryptoError; the signal's reason
 */
export function verifyAuditJob(job: VerifyAuditJob, task: Task): Promise<AuditVerification> {
  const { dir, verifierKey, witnesses } = job
  const { name: origin, publicKey } = parseVerifierKey(verifierKey)
  return Promise.race([verifyAuditLog(dir, { origin, publicKey, witnesses }), stopped(task)])
}

/** The verification takes no signal of its own: whoever stops waiting for it also ends its process. */
async function stopped({ signal, progress }: Task): Promise<never> {
  for (;;) {
    await pause(limits.jobPollMs, undefined, { ref: false })
    progress(0, 1)
    signal.throwIfAborted()
  }
}
