import type { Kysely, Transaction } from 'kysely'

/** The tables, as SQL returns them: times are milliseconds, JSON is text, absent is null. */
export interface Tables {
  counters: { name: string; value: number }
  meta: { name: string; value: string }
  api_keys: {
    id: string
    name: string
    prefix: string
    hash: string
    roles: string
    created_at: number
    expires_at: number | null
    revoked_at: number | null
  }
  login_tokens: {
    hash: string
    user_name: string
    created_at: number
    expires_at: number
    used_at: number | null
  }
  sessions: {
    hash: string
    user_name: string
    csrf_token: string
    created_at: number
    last_seen_at: number
    expires_at: number
  }
  models: {
    name: string
    path: string
    sha256: string
    bytes: number
    signature: string
    labels: string
    registered_at: number
  }
  assessments: {
    id: string
    model: string
    data: string
    status: string
    verdict: string | null
    started_at: number
    finished_at: number | null
    finding_counts: string
    skipped: number
    headline: string
    problem: string | null
    job_id: string | null
  }
  assessment_reports: { assessment_id: string; json: string; html: string }
  decisions: {
    audit_index: number
    at: number
    verdict: string
    code: string
    key_id: string | null
    body: string
  }
  jobs: {
    id: string
    kind: string
    input: string
    state: string
    run_at: number
    attempts: number
    attempts_max: number
    worker: string | null
    lease_until: number | null
    token: number
    progress_done: number
    progress_total: number
    /** 0 or 1. */
    cancel_requested: number
    problem: string | null
    checkpoint: string | null
    idempotency_key: string | null
    created_at: number
    finished_at: number | null
  }
  outbox: { position: number; id: string; at: number; entry: string }
}

export type Database = Kysely<Tables>
/** Every write takes one of these: a write outside a transaction does not compile, or fails as a bug. */
export type Change = Transaction<Tables>
