import { z } from 'zod'
import { Instant, Sha256 } from './words.ts'

export const AuditStatus = z.object({
  origin: z.string(),
  size: z.int(),
  /** Base64, as in the checkpoint. */
  rootHash: z.string(),
  /** The signed note itself (C2SP tlog-checkpoint). */
  checkpoint: z.string(),
  publicKey: z.string(),
  checkpointAt: Instant.nullable(),
  /** Where copies of the checkpoint are kept outside the log; none means truncation cannot be found. */
  witnesses: z.array(z.string()),
})
export type AuditStatus = z.infer<typeof AuditStatus>

export const AuditRecord = z.object({
  index: z.int(),
  at: Instant,
  kind: z.string(),
  /** One line for lists. */
  summary: z.string(),
  leafHash: Sha256,
})
export type AuditRecord = z.infer<typeof AuditRecord>

export const AuditQuery = z.object({
  before: z.coerce.number().int().min(0).optional(),
  kind: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export const AuditRecords = z.object({ records: z.array(AuditRecord), size: z.int() })

export const AuditProof = AuditRecord.extend({
  /** The record's exact bytes, as JSON text. */
  entry: z.string(),
  /** `null` until a checkpoint covers the record. */
  proof: z
    .object({
      treeSize: z.int(),
      rootHash: Sha256,
      /** From the leaf to the root, lower-case hex. */
      hashes: z.array(Sha256),
      checkpoint: z.string(),
    })
    .nullable(),
})
export type AuditProof = z.infer<typeof AuditProof>

export const AuditVerification = z.object({
  verdict: z.enum(['whole', 'consistent', 'broken']),
  records: z.int(),
  findings: z.array(z.string()),
  skipped: z.array(z.string()),
})
