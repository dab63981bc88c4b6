import { type Clock, CodedError, canonicalJson, type Json } from '@merlon/core'
import { leafHash } from '@merlon/crypto'
import { AuditError } from './audit-error.ts'
import { limits } from './limits.ts'

/** What is to be recorded. `v` and `at` are filled in where they are absent. */
export interface AuditInput {
  /** Such as `decision`, `key`, `model`, `assessment`, `session`, `server`, `policy`. */
  readonly kind: string
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at?: number | undefined
  readonly v?: 1 | undefined
  readonly [name: string]: Json | undefined
}

/** A record as it stands in the log. */
export interface AuditEntry {
  readonly index: number
  readonly at: number
  readonly kind: string
  /** The exact bytes, as canonical JSON text. */
  readonly text: string
  /** Lower-case hex; RFC 6962 over the bytes of `text`. */
  readonly leafHash: string
  readonly value: { readonly [name: string]: Json | undefined }
}

/**
 * The bytes of a record: the UTF-8 of its canonical JSON.
 * @throws AuditError AUDIT_ENTRY_INVALID
 */
export function encodeEntry(input: AuditInput, clock: Clock): Buffer {
  if (typeof input.kind !== 'string' || input.kind === '') throw invalid('it has no kind')
  const bytes = Buffer.from(canonicalText({ ...input, v: 1, at: input.at ?? clock() }))
  if (bytes.length > limits.entryBytesMax) {
    throw invalid(`its ${bytes.length} bytes are more than ${limits.entryBytesMax}`)
  }
  return bytes
}

/**
 * Reads the bytes of a record.
 * @throws AuditError AUDIT_DAMAGED if no writer of ours can have made them
 */
export function decodeEntry(index: number, bytes: Uint8Array): AuditEntry {
  const text = Buffer.from(bytes).toString('utf8')
  const value = parse(text)
  if (!isObject(value) || typeof value.kind !== 'string' || typeof value.at !== 'number') {
    throw new AuditError('AUDIT_DAMAGED', `record ${index} is not a JSON object with kind and at`)
  }
  const { kind, at } = value
  return { index, at, kind, text, leafHash: leafHash(bytes).toString('hex'), value }
}

function canonicalText(value: Json): string {
  try {
    return canonicalJson(value)
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause
    throw new AuditError('AUDIT_ENTRY_INVALID', cause.message, { cause })
  }
}

function parse(text: string): Json | undefined {
  try {
    // JSON.parse gives nothing but Json.
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(why: string): AuditError {
  return new AuditError('AUDIT_ENTRY_INVALID', `the record was not accepted: ${why}`)
}
