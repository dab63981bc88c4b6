import { limits } from './limits.ts'

/** What a request is about. */
export type Target =
  | { readonly kind: 'server' }
  | { readonly kind: 'live' }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'model' | 'model-ready' | 'infer'
      readonly model: string
      readonly version: string | undefined
    }

const fixed: Readonly<Record<string, Target>> = {
  '/v2': { kind: 'server' },
  '/v2/health/live': { kind: 'live' },
  '/v2/health/ready': { kind: 'ready' },
}

const modelPath =
  /^\/v2\/models\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?:\/versions\/([A-Za-z0-9][A-Za-z0-9._-]{0,99}))?(\/ready|\/infer)?$/

/**
 * The target of a request path of the Open Inference Protocol; `undefined` for any other. Names are taken as they
 * stand: nothing is percent-decoded and no dot segment is resolved, so that one path has one meaning.
 */
export function targetOf(path: string): Target | undefined {
  if (path.length > limits.pathCharsMax) return undefined
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  if (Object.hasOwn(fixed, plain)) return fixed[plain]
  const match = modelPath.exec(plain)
  if (match === null) return undefined
  const [, model = '', version, action] = match
  if (action === '/infer') return { kind: 'infer', model, version }
  return { kind: action === '/ready' ? 'model-ready' : 'model', model, version }
}

/** The path of a request line without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/** The methods of a target, as the header `allow` lists them. */
export function methodsOf(target: Target): readonly string[] {
  return target.kind === 'infer' ? ['POST', 'OPTIONS'] : ['GET', 'HEAD', 'OPTIONS']
}
