import { CodedError } from '@merlon/core'
import { type Body, type Query, type Reply, type RouteName, routes } from './routes.ts'
import { Problem } from './words.ts'

/** `code` is the API's own, or `UNREACHABLE` / `UNREADABLE` when no answer of its kind came. */
export class ApiError extends CodedError {
  readonly status: number
  readonly requestId: string

  constructor(status: number, problem: Problem, options?: { readonly cause?: unknown }) {
    super(problem.code, problem.message, options)
    this.status = status
    this.requestId = problem.requestId
  }
}

export interface CallOptions<K extends RouteName> {
  readonly parameters?: Readonly<Record<string, string>>
  readonly query?: Query<K>
  readonly body?: Body<K>
  readonly signal?: AbortSignal
}

/** The part of `fetch` that the client needs. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What is added to every request: the console's CSRF header, or a script's cookie. */
export type Headers = () => Readonly<Record<string, string>>

/**
 * A typed caller over any `fetch`. Replies are parsed with the route's schema.
 * @throws ApiError for every answer that is not the route's reply
 */
export function apiClient(origin: string, fetch: Fetch, headers: Headers = () => ({})) {
  return async function call<K extends RouteName>(
    name: K,
    { parameters, query, body, signal }: CallOptions<K> = {},
  ): Promise<Reply<K>> {
    const method = name.slice(0, name.indexOf(' '))
    const init: RequestInit = {
      method,
      credentials: 'same-origin',
      headers: {
        ...headers(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }
    const response = await fetch(origin + pathOf(name, parameters, query), init).catch(
      (cause: unknown) => {
        if (signal?.aborted) throw cause
        throw new ApiError(0, unreachableServer, { cause })
      },
    )
    if (!response.ok) throw new ApiError(response.status, await problemOf(response))
    const media = 'media' in routes[name] ? routes[name].media : undefined
    const answer: unknown =
      media === undefined ? await response.json().catch(() => undefined) : await response.text()
    const parsed = routes[name].reply.safeParse(answer)
    if (!parsed.success) {
      throw new ApiError(response.status, unfitAnswer, { cause: parsed.error })
    }
    // The schema belongs to `name`, which the compiler cannot follow through the table.
    return parsed.data as Reply<K>
  }
}

/** The path of a route with its parameters and query filled in. */
export function pathOf<K extends RouteName>(
  name: K,
  parameters: Readonly<Record<string, string>> = {},
  query?: Query<K>,
): string {
  const path = name
    .slice(name.indexOf(' ') + 1)
    .replace(/:(\w+)/g, (_, parameter: string) => encodeURIComponent(parameters[parameter] ?? ''))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(key, String(value))
  }
  return search.size === 0 ? path : `${path}?${search}`
}

const unreachableServer: Problem = {
  code: 'UNREACHABLE',
  message: 'the server did not answer; check that merlon start is running',
  requestId: '-',
}

const unfitAnswer: Problem = {
  code: 'UNREADABLE',
  message: 'the answer is not what this version expects; reload, or update the older of the two',
  requestId: '-',
}

async function problemOf(response: Response): Promise<Problem> {
  const parsed = Problem.safeParse(await response.json().catch(() => undefined))
  if (parsed.success) return parsed.data
  const message = `the server answered ${response.status} with something that is not Merlon's`
  return { code: 'UNREADABLE', message, requestId: '-' }
}
