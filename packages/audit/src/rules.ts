import type { Finding, Place, Severity } from '@merlon/core'
import { limits } from './limits.ts'

export type AuditRule =
  | 'audit/record-changed'
  | 'audit/record-removed'
  | 'audit/record-added'
  | 'audit/truncated'
  | 'audit/forked'
  | 'audit/root-mismatch'
  | 'audit/checkpoint-invalid'
  | 'audit/checkpoint-behind'
  | 'audit/copy-invalid'
  | 'audit/tile-changed'
  | 'audit/file-changed'
  | 'audit/file-missing'
  | 'audit/unexpected-file'
  | 'audit/journal-changed'

interface Rule {
  readonly severity: Severity
  readonly fix: string
}

const restore = 'Keep this folder as evidence, and restore the log from a backup that verifies.'

/** What each rule means for the reader of a finding. */
export const auditRules: Readonly<Record<AuditRule, Rule>> = {
  'audit/record-changed': { severity: 'critical', fix: restore },
  'audit/record-removed': { severity: 'critical', fix: restore },
  'audit/record-added': { severity: 'critical', fix: restore },
  'audit/truncated': { severity: 'critical', fix: restore },
  'audit/forked': {
    severity: 'critical',
    fix: 'Keep both the log and the copy: together they prove that two histories were signed.',
  },
  'audit/root-mismatch': { severity: 'critical', fix: restore },
  'audit/checkpoint-invalid': {
    severity: 'critical',
    fix: 'Check that key and origin belong to this log. If they do, restore the log from a backup.',
  },
  'audit/checkpoint-behind': { severity: 'critical', fix: restore },
  'audit/copy-invalid': {
    severity: 'high',
    fix: 'Check that the copy belongs to this log. If it does, it was changed after it was made.',
  },
  // The records can still be proven: the tile can be computed from them again.
  'audit/tile-changed': { severity: 'high', fix: restore },
  'audit/file-changed': { severity: 'high', fix: restore },
  'audit/file-missing': { severity: 'high', fix: restore },
  'audit/unexpected-file': {
    severity: 'medium',
    fix: 'Find out who put the file there, and move it away.',
  },
  'audit/journal-changed': { severity: 'critical', fix: restore },
}

/** Collects findings of one log, up to a limit. */
export class Findings {
  readonly #folder: string
  readonly #found: Finding[] = []
  #dropped = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  get list(): readonly Finding[] {
    return this.#found
  }

  /** Findings over the limit. */
  get dropped(): number {
    return this.#dropped
  }

  /** Something about a record. */
  record(rule: AuditRule, index: number, title: string, evidence: string): void {
    this.#add(rule, title, { kind: 'record', log: this.#folder, index }, evidence, `${index}`)
  }

  /** Something about a file. */
  file(rule: AuditRule, path: string, title: string, evidence: string, byteOffset?: number): void {
    const place: Place =
      byteOffset === undefined ? { kind: 'file', path } : { kind: 'file', path, byteOffset }
    this.#add(rule, title, place, evidence, path)
  }

  #add(rule: AuditRule, title: string, place: Place, evidence: string, what: string): void {
    if (this.#found.length >= limits.findingsMax) {
      this.#dropped++
      return
    }
    const { severity, fix } = auditRules[rule]
    const id = `${rule}:${what}`
    this.#found.push({ id, rule, severity, title, place, evidence, fix, references: [] })
  }
}
