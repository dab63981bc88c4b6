import { type Answer, passed } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { Backend, PolicySnapshot } from './ports.ts'
import { methodsOf } from './target.ts'

/** What an answer to anyone may depend on. */
export interface OpenFacts {
  readonly snapshot: () => PolicySnapshot
  readonly backends: ReadonlyMap<string, Backend>
  /** It drains, or its audit log takes no record any more. */
  readonly isClosed: boolean
}

/**
 * The answers that need no key: health, and which methods a path has. They let nothing out that is protected, so
 * they are no decisions and leave no record. `undefined`: the request is to be judged.
 */
export function openAnswer({ target, method }: Exchange, facts: OpenFacts): Answer | undefined {
  if (target === undefined) return undefined
  if (method === 'OPTIONS') {
    const allow = methodsOf(target).join(', ')
    return { ...passed('', { status: 204 }), headers: { allow } }
  }
  if (method !== 'GET' && method !== 'HEAD') return undefined
  if (target.kind === 'live') return passed({ live: true })
  if (target.kind !== 'ready') return undefined
  const ready = isReady(facts)
  return passed({ ready }, { status: ready ? 200 : 503 })
}

function isReady({ snapshot, backends, isClosed }: OpenFacts): boolean {
  if (isClosed) return false
  return [...snapshot().routes.values()].every(({ model }) => backends.get(model)?.ready === true)
}
