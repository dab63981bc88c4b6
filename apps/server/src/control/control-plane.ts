import type { Route } from '@merlon/api'
import { type Reply, type RouteName, routes, splitRouteName } from '@merlon/api'
import { randomToken } from '@merlon/crypto'
import type { SessionRow } from '@merlon/store'
import { Hono } from 'hono'
import type { z } from 'zod'
import { limits } from '../limits.ts'
import { type ConsoleFiles, consoleAnswer } from './console-files.ts'
import type { ControlContext } from './control-context.ts'
import { handlers } from './handlers.ts'
import { allowedHostNames, isAllowedHost, isSameOrigin } from './host-check.ts'
import { LoginLimiter } from './login-limiter.ts'
import { ControlError, failureText, problemAnswer } from './problem.ts'
import { securityHeaders } from './security-headers.ts'
import { checkCsrf, sessionIdIn, sessionOf } from './sessions.ts'

/** One request of the control API, parsed. */
export interface Call<K extends RouteName> {
  readonly context: ControlContext
  readonly request: Request
  readonly requestId: string
  /** The peer's address. */
  readonly address: string
  readonly parameters: Readonly<Record<string, string>>
  readonly query: Parsed<K, 'query'>
  readonly body: Parsed<K, 'body'>
  /** There on every route whose access is `session`. */
  readonly session: SessionRow | undefined
  readonly logins: LoginLimiter
}

type Parsed<K extends RouteName, Part extends 'query' | 'body'> =
  (typeof routes)[K] extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined

/** What answers a route: its reply, or a response of its own where it sets headers or streams. */
export type Handlers = {
  readonly [K in RouteName]: (call: Call<K>) => Promise<Reply<K> | Response>
}

interface Bindings {
  readonly Bindings: { readonly address: string }
}

/** The control API from the route table, and the console's files for everything else. */
export function controlPlane(context: ControlContext, files: ConsoleFiles): Hono<Bindings> {
  const app = new Hono<Bindings>()
  const names = allowedHostNames(context.host, context.publicUrl)
  const logins = new LoginLimiter(context.clock)

  app.use(async (c, next) => {
    const isAllowed = isAllowedHost(c.req.header('host'), names)
    if (isAllowed) await next()
    else c.res = problemAnswer(hostRefusal(), requestIdOf(c.req.raw))
    for (const [name, value] of Object.entries(securityHeaders)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
  })
  for (const name of Object.keys(routes) as RouteName[]) {
    const { method, path } = splitRouteName(name)
    app.on(method, path, async (c) => {
      const address = c.env?.address ?? 'unknown'
      return answer(context, name, {
        request: c.req.raw,
        parameters: c.req.param(),
        address,
        logins,
      })
    })
  }
  app.all('/api/*', (c) => problemAnswer(noRoute(c.req.path), requestIdOf(c.req.raw)))
  app.get('*', (c) => consoleAnswer(files, c.req.raw))
  app.notFound((c) => problemAnswer(noRoute(c.req.path), requestIdOf(c.req.raw)))
  app.onError((cause, c) => report(context, cause, c.req.raw))
  return app
}

type RawCall = Pick<Call<RouteName>, 'request' | 'parameters' | 'address' | 'logins'>

async function answer(context: ControlContext, name: RouteName, raw: RawCall): Promise<Response> {
  const requestId = requestIdOf(raw.request)
  const route: Route = routes[name]
  try {
    const session = await admit(context, route, raw.request)
    const query = route.query === undefined ? undefined : parseQuery(route.query, raw.request)
    const body = route.body === undefined ? undefined : await parseBody(route.body, raw.request)
    // The table ties each schema to its handler; the loop over names loses that tie.
    const handle = handlers[name] as (call: unknown) => Promise<unknown>
    const reply = await handle({ ...raw, context, requestId, query, body, session })
    const response = reply instanceof Response ? reply : Response.json(reply)
    if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store')
    response.headers.set('x-request-id', requestId)
    return response
  } catch (cause) {
    return report(context, cause, raw.request)
  }
}

/** Origin before session before CSRF: nothing is asked of the database for a request of another site. */
async function admit(
  { store, clock, isSecure, publicUrl }: ControlContext,
  { access }: Route,
  request: Request,
): Promise<SessionRow | undefined> {
  const { headers } = request
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  if (changes) {
    const origin = headers.get('origin') ?? undefined
    const fetchSite = headers.get('sec-fetch-site') ?? undefined
    const host = headers.get('host') ?? undefined
    if (!isSameOrigin({ origin, fetchSite, host, publicUrl })) {
      throw new ControlError('ORIGIN_REFUSED', 'another site may not change anything here')
    }
  }
  if (access === 'public') return undefined
  const id = sessionIdIn(headers.get('cookie') ?? undefined, isSecure)
  const session = await sessionOf(store, clock, id)
  if (changes) checkCsrf(session, headers.get('x-merlon-csrf') ?? undefined)
  return session
}

function parseQuery(schema: z.ZodObject, request: Request): unknown {
  const given = Object.fromEntries(new URL(request.url).searchParams)
  const parsed = schema.strict().safeParse(given)
  if (parsed.success) return parsed.data
  throw invalid('query', parsed.error)
}

async function parseBody(schema: z.ZodObject, request: Request): Promise<unknown> {
  const media = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (media !== 'application/json') {
    throw new ControlError('REQUEST_INVALID', 'the body must be sent as application/json')
  }
  const parsed = schema.safeParse(jsonOf(await readText(request)))
  if (parsed.success) return parsed.data
  throw invalid('body', parsed.error)
}

async function readText(request: Request): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  const tooLarge = new ControlError(
    'BODY_TOO_LARGE',
    `the body is larger than ${limits.apiBodyBytesMax} bytes`,
  )
  if (declared > limits.apiBodyBytesMax) throw tooLarge
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength
      if (size > limits.apiBodyBytesMax) throw tooLarge
      chunks.push(chunk)
    }
  } catch (cause) {
    // A client that goes away in the middle is no failure of ours, and nothing to tell the operator.
    if (cause === tooLarge) throw cause
    throw new ControlError('REQUEST_INVALID', 'the body did not arrive whole', { cause })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ControlError('REQUEST_INVALID', 'the body is not JSON', { cause })
  }
}

function invalid(part: string, { issues }: z.ZodError): ControlError {
  const [first] = issues
  const where = [part, ...(first?.path ?? [])].join('.')
  const why = (first?.message ?? 'it does not fit').replace(/^./, (letter) => letter.toLowerCase())
  return new ControlError('REQUEST_INVALID', `${where}: ${why}`)
}

function report({ tell }: ControlContext, cause: unknown, request: Request): Response {
  const requestId = requestIdOf(request)
  const response = problemAnswer(cause, requestId)
  if (response.status >= 500 && !(cause instanceof ControlError)) {
    // The path without its query: what people look for is theirs.
    const { pathname } = new URL(request.url)
    const what = `${request.method} ${JSON.stringify(pathname.slice(0, 200))}`
    tell({ kind: 'warning', text: `request ${requestId} (${what}) failed: ${failureText(cause)}` })
  }
  return response
}

const requestIds = new WeakMap<Request, string>()

/** One name per request, in its answer and in what the server says about it. */
function requestIdOf(request: Request): string {
  const id = requestIds.get(request) ?? randomToken(9)
  requestIds.set(request, id)
  return id
}

function hostRefusal(): ControlError {
  const message = 'this server does not go by that name; open it as 127.0.0.1, or set listen.url'
  return new ControlError('HOST_REFUSED', message)
}

function noRoute(path: string): ControlError {
  return new ControlError('NOT_FOUND', `there is nothing at ${JSON.stringify(path.slice(0, 100))}`)
}
