import type { AuditProof, AuditRecord } from '@merlon/api'
import { type AuditEntry, AuditError } from '@merlon/audit'
import { placeText } from '@merlon/core'
import { limits } from '../limits.ts'
import { recordText, recordTime } from '../state/record-text.ts'
import type { ControlContext } from './control-context.ts'
import type { Handlers } from './control-plane.ts'
import { ControlError } from './problem.ts'

type AuditRoutes =
  | 'GET /api/v1/audit'
  | 'GET /api/v1/audit/records'
  | 'GET /api/v1/audit/records/:index'
  | 'POST /api/v1/audit/verification'

/** The log: its state, its records, the proof of each, and its verification. */
export const auditHandlers: Pick<Handlers, AuditRoutes> = {
  async 'GET /api/v1/audit'({ context }) {
    const { recorder, state } = context
    const { log, origin, verifierKey } = recorder
    const { rootHash, note } = log.checkpoint()
    return {
      origin,
      size: log.size,
      rootHash,
      checkpoint: note,
      publicKey: verifierKey,
      checkpointAt: log.checkpointAt,
      witnesses: [...state.witnesses],
    }
  },

  async 'GET /api/v1/audit/records'({ context, query }) {
    const { log } = context.recorder
    const { before = log.size, kind, limit } = query
    const end = Math.min(before, log.size)
    const entries =
      kind === undefined || kind === 'decision'
        ? await newest(context, end, limit, kind)
        : await ofKind(context, end, limit, kind)
    return { records: entries.map(recordReply), size: log.size }
  },

  async 'GET /api/v1/audit/records/:index'({ context, parameters }) {
    const { log } = context.recorder
    const index = /^\d{1,15}$/.test(parameters.index ?? '') ? Number(parameters.index) : -1
    if (index < 0 || index >= log.size) {
      throw new ControlError('NOT_FOUND', 'the log has no record of that number')
    }
    const entry = await log.entry(index)
    return { ...recordReply(entry), entry: entry.text, proof: await proofOf(context, index) }
  },

  async 'POST /api/v1/audit/verification'({ context }) {
    await context.recorder.log.flush()
    const verification = await context.auditWatch.verify()
    return {
      verdict: verification.verdict,
      records: verification.records,
      findings: verification.findings.map(({ title, place }) => `${placeText(place)}: ${title}`),
      skipped: verification.skipped.map(({ what, why }) => `${what}: ${why}`),
    }
  },
}

/** The newest records before `end`, of a kind that most records are of. */
async function newest(
  { recorder: { log } }: ControlContext,
  end: number,
  limit: number,
  kind: string | undefined,
): Promise<AuditEntry[]> {
  const found: AuditEntry[] = []
  const least = Math.max(0, end - limits.auditScanMax)
  for (let to = end; to > least && found.length < limit; ) {
    const from = Math.max(least, to - limits.auditReadBatch)
    const entries = await log.entries(from, to - from)
    const fitting = entries.filter((entry) => kind === undefined || entry.kind === kind).reverse()
    found.push(...fitting.slice(0, limit - found.length))
    to = from
  }
  return found
}

/** The newest records of a kind that is rare: the chronicle knows where they are. */
async function ofKind(
  { recorder: { log, chronicle } }: ControlContext,
  end: number,
  limit: number,
  kind: string,
): Promise<AuditEntry[]> {
  const fitting = chronicle.records.filter(({ index, entry }) => index < end && entry.kind === kind)
  return Promise.all(
    fitting
      .slice(-limit)
      .reverse()
      .map(({ index }) => log.entry(index)),
  )
}

function recordReply({ index, kind, leafHash, value }: AuditEntry): AuditRecord {
  const record = { index, entry: value }
  return { index, at: recordTime(record), kind, summary: recordText(record), leafHash }
}

/** Null until a checkpoint covers the record. */
async function proofOf({ recorder }: ControlContext, index: number): Promise<AuditProof['proof']> {
  try {
    const { treeSize, rootHash, hashes, checkpoint } = await recorder.log.prove(index)
    return { treeSize, rootHash, hashes: [...hashes], checkpoint }
  } catch (cause) {
    if (cause instanceof AuditError && cause.code === 'AUDIT_NOT_COVERED') return null
    throw cause
  }
}
