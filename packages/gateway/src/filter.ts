import { unreachable, type Verdict, type VerdictKind } from '@merlon/core'
import { GatewayError, type RefusalCode } from './gateway-error.ts'
import type { BackendSignature } from './ports.ts'
import { untilAborted } from './until-aborted.ts'

/** What a filter may know about the request that it looks at. */
export interface FilterContext {
  readonly requestId: string
  readonly keyId: string
  readonly route: string
  readonly model: string
  readonly signature: BackendSignature
  readonly signal: AbortSignal
}

/** One protection, for requests or for replies. `onFailure` has no default: each author decides. */
export interface Filter<Subject> {
  readonly name: string
  /** What happens when `inspect` throws: `pass` lets through, marked for review. */
  readonly onFailure: 'block' | 'pass'
  /** The code of its refusals; `FILTER_BLOCKED` unless it says otherwise. */
  readonly refusal?: RefusalCode
  readonly inspect: (
    subject: Subject,
    context: FilterContext,
  ) => Verdict<Subject> | Promise<Verdict<Subject>>
}

export interface Filtered<Subject> {
  readonly subject: Subject
  readonly kind: Exclude<VerdictKind, 'block'>
  /** What the filters that did not simply pass have said. */
  readonly reasons: readonly string[]
}

/**
 * A subject through its filters, in order; the first block ends it.
 * @throws GatewayError FILTER_FAILED, FILTER_BLOCKED or the filter's own code
 */
export async function applyFilters<Subject>(
  what: 'request' | 'reply',
  filters: readonly Filter<Subject>[],
  subject: Subject,
  context: FilterContext,
): Promise<Filtered<Subject>> {
  let current = subject
  let kind: Filtered<Subject>['kind'] = 'pass'
  const reasons: string[] = []
  for (const filter of filters) {
    const verdict = await inspected(filter, current, context)
    switch (verdict.kind) {
      case 'pass':
        continue
      case 'rewrite':
        current = verdict.body
        if (kind === 'pass') kind = 'rewrite'
        break
      case 'review':
        kind = 'review'
        break
      case 'block':
        throw blocked(what, filter.refusal ?? 'FILTER_BLOCKED', verdict.reason)
      default:
        unreachable(verdict)
    }
    reasons.push(`${filter.name}: ${verdict.reason}`)
  }
  return { subject: current, kind, reasons }
}

function blocked(what: 'request' | 'reply', code: RefusalCode, reason: string): GatewayError {
  if (what === 'request') return new GatewayError(code, reason)
  // What is wrong with an answer may be the very thing that must not leave.
  const message = 'the answer of the model was held back by a check of its content'
  return new GatewayError(code, reason, { shown: { code, message } })
}

async function inspected<Subject>(
  filter: Filter<Subject>,
  subject: Subject,
  context: FilterContext,
): Promise<Verdict<Subject>> {
  try {
    const verdict = filter.inspect(subject, context)
    return verdict instanceof Promise ? await untilAborted(verdict, context.signal) : verdict
  } catch (cause) {
    if (context.signal.aborted) throw context.signal.reason
    const why = cause instanceof Error ? cause.message : 'it threw something that is no error'
    if (filter.onFailure === 'pass') {
      return { kind: 'review', reason: `failed, and lets through by its own rule: ${why}` }
    }
    throw new GatewayError('FILTER_FAILED', `filter ${filter.name} failed: ${why}`, {
      cause,
      shown: {
        code: 'FILTER_FAILED',
        message: 'the request could not be checked, so it was refused',
      },
    })
  }
}
