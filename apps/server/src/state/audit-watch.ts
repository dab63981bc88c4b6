import type { AuditVerification } from '@merlon/audit'
import { runJob } from '../jobs/run-job.ts'
import type { VerifyAuditJob } from '../jobs/verify-audit-job.ts'
import { limits } from '../limits.ts'
import type { Tell } from '../server-event.ts'

/** What the newest look at the log came to. */
export type AuditCheck =
  | { readonly kind: 'none' }
  | { readonly kind: 'verified'; readonly verification: AuditVerification }
  | { readonly kind: 'failed'; readonly why: string }

/** Verifies the audit log in a thread: soon after the start, every hour, and when it is asked to. */
export class AuditWatch {
  readonly #job: VerifyAuditJob
  readonly #tell: Tell
  readonly #closing = new AbortController()
  #last: AuditCheck = { kind: 'none' }
  #running: Promise<AuditVerification> | undefined
  #timer: NodeJS.Timeout | undefined
  #isBroken = false

  constructor(job: VerifyAuditJob, tell: Tell) {
    this.#job = job
    this.#tell = tell
  }

  get last(): AuditCheck {
    return this.#last
  }

  /** Begins to verify by itself. */
  start(firstMs: number = limits.auditCheckFirstMs): void {
    this.#timer = setTimeout(() => void this.#verifyByItself(), firstMs)
    this.#timer.unref()
  }

  /**
   * Verifies now; who asks while a verification runs gets the result of that one.
   * @throws AuditError; ServerError WORKER_CRASHED; the reason for which it was given up
   */
  verify(): Promise<AuditVerification> {
    this.#running ??= this.#verify().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Gives up what runs. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closing.abort(new Error('the server is closing'))
    // Whoever asked for it has heard of its end.
    await this.#running?.catch(() => undefined)
  }

  async #verify(): Promise<AuditVerification> {
    const deadline = AbortSignal.timeout(limits.auditCheckMs)
    const signal = AbortSignal.any([this.#closing.signal, deadline])
    try {
      const task = { signal, progress: () => undefined }
      const verification = await runJob('verify-audit', this.#job, task)
      this.#last = { kind: 'verified', verification }
      this.#warnOf(verification)
      return verification
    } catch (cause) {
      // What was right an hour ago is no longer known to be.
      this.#last = { kind: 'failed', why: cause instanceof Error ? cause.message : String(cause) }
      throw cause
    }
  }

  async #verifyByItself(): Promise<void> {
    try {
      await this.verify()
    } catch {
      if (this.#closing.signal.aborted) return
      const why = this.#last.kind === 'failed' ? `: ${this.#last.why}` : ''
      this.#tell({ kind: 'warning', text: `the audit log could not be verified${why}` })
    }
    if (!this.#closing.signal.aborted) this.start(limits.auditCheckEveryMs)
  }

  /** Says once that the log is broken, not every hour. */
  #warnOf({ verdict, findings }: AuditVerification): void {
    const wasBroken = this.#isBroken
    this.#isBroken = verdict === 'broken'
    if (!this.#isBroken || wasBroken) return
    const [first] = findings
    const what = first === undefined ? '' : `: ${first.title}`
    const text = `the audit log is broken${what}; keep a copy of it, then run "merlon audit verify" to see all`
    this.#tell({ kind: 'warning', text })
  }
}
