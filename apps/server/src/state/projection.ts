import type { AuditLog } from '@merlon/audit'
import type { Decision } from '@merlon/gateway'
import type { DecisionRow, Store } from '@merlon/store'
import { limits } from '../limits.ts'
import type { Tell } from '../server-event.ts'
import { type LoggedRecord, readRecords } from './logged-record.ts'

const identity = 'decisions-of-log'

/** Copies decisions from the audit log into SQL, where they can be listed and counted. Loses nothing: the log has all. */
export class Projection {
  readonly #store: Store
  readonly #tell: Tell
  readonly #timer: NodeJS.Timeout
  #queue: DecisionRow[] = []
  #last: Promise<void> = Promise.resolve()
  #isBehind = false

  private constructor(store: Store, tell: Tell) {
    this.#store = store
    this.#tell = tell
    this.#timer = setInterval(() => void this.flush(), limits.projectionMs)
    this.#timer.unref()
  }

  /** Catches up with the log; a projection of another log, or of a longer one, is made anew. */
  static async open(
    store: Store,
    log: AuditLog,
    verifierKey: string,
    tell: Tell,
  ): Promise<Projection> {
    await catchUp(store, log, verifierKey)
    return new Projection(store, tell)
  }

  /** Takes a decision that is in the log; it is listed within `projectionMs`. */
  add(decision: Decision): void {
    // Beyond the bound the next start reads them from the log.
    if (this.#queue.length < limits.projectionQueueMax) this.#queue.push(rowOf(decision))
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    this.#last = this.#last.then(() => this.#write())
    return this.#last
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    return this.flush()
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, limits.projectionBatch)
      try {
        await this.#store.decisions.append(batch)
      } catch (cause) {
        // Kept for the next try; the log itself is not touched by this.
        if (!this.#isBehind) this.#tell({ kind: 'warning', text: behindText(cause) })
        this.#isBehind = true
        return
      }
      this.#isBehind = false
      this.#queue = this.#queue.slice(batch.length)
    }
  }
}

async function catchUp(store: Store, log: AuditLog, verifierKey: string): Promise<void> {
  const last = await store.decisions.lastIndex()
  const isSameLog = (await store.meta.get(identity)) === verifierKey
  const isAhead = last !== undefined && last >= log.size
  if (!isSameLog || isAhead) await store.decisions.clear()
  if (!isSameLog) await store.meta.set(identity, verifierKey)
  let from = isSameLog && !isAhead && last !== undefined ? last + 1 : 0
  while (from < log.size) {
    const records = await readRecords(log, from, limits.auditReadBatch)
    if (records.length === 0) return
    await store.decisions.append(records.flatMap(decisionIn))
    from += records.length
  }
}

function decisionIn({ index, entry }: LoggedRecord): DecisionRow[] {
  if (entry.kind !== 'decision') return []
  // A decision's record was written by this file's other half: its members are the gateway's.
  return [rowOf({ ...entry, auditIndex: index } as unknown as Decision)]
}

function rowOf(decision: Decision): DecisionRow {
  return {
    auditIndex: decision.auditIndex,
    at: decision.at,
    requestId: decision.requestId,
    method: decision.method,
    path: decision.path,
    route: decision.route,
    model: decision.model,
    keyId: decision.keyId,
    keyName: decision.keyName,
    verdict: decision.verdict,
    status: decision.status,
    code: decision.code,
    reason: decision.reason,
    requestBytes: decision.requestBytes,
    requestSha256: decision.requestSha256,
    responseSha256: decision.responseSha256,
    latencyMs: decision.latencyMs,
  }
}

function behindText(cause: unknown): string {
  const why = cause instanceof Error ? cause.message : String(cause)
  return `decisions cannot be listed for now (they are in the audit log): ${why}`
}
