import { ApiError, apiClient, type Reply } from '@merlon/api'
import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import { connection } from './connection.ts'

/** What the CSRF header carries; known once the session is. */
let csrfToken = ''

/** Calls a route of the control API, of this console's own server. */
export const api = apiClient(
  '',
  async (url, init) => {
    try {
      const response = await fetch(url, init)
      connection.heard(Date.now())
      return response
    } catch (cause) {
      if (!init.signal?.aborted) connection.lost(Date.now())
      throw cause
    }
  },
  () => (csrfToken === '' ? {} : { 'x-merlon-csrf': csrfToken }),
)

/** True if the server no longer knows this browser's session. */
export function isSessionOver(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

/** Keeps what the session says for the calls that follow. */
export function keepSession(session: Reply<'GET /api/v1/session'>): typeof session {
  csrfToken = session.csrfToken
  return session
}

/** Answers of the server, cached. `onSessionOver` is told once for each answer that says so. */
export function makeQueryClient(onSessionOver: () => void): QueryClient {
  const look = (error: unknown) => {
    if (isSessionOver(error)) onSessionOver()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError: look }),
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, error) => isUnreachable(error) && failures < 2,
        // The browser's own idea of being offline says nothing about a server on this machine.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always', onError: look },
    },
  })
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && error.status === 0
}

/** Who is looking. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => keepSession(await api('GET /api/v1/session', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
})

/** Am I safe now, what changed, what must a human do. */
export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => api('GET /api/v1/overview', { signal }),
  refetchInterval: 5_000,
})

/** The registered models. */
export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: async ({ signal }) => (await api('GET /api/v1/models', { signal })).models,
  refetchInterval: 15_000,
})

/** One model. */
export const modelQuery = (name: string) =>
  queryOptions({
    queryKey: ['model', name],
    queryFn: ({ signal }) => api('GET /api/v1/models/:name', { signal, parameters: { name } }),
    refetchInterval: 15_000,
  })

/** Assessments, newest first, of one model or of all. */
export const assessmentsQuery = (model?: string) =>
  queryOptions({
    queryKey: ['assessments', model ?? null],
    queryFn: async ({ signal }) => {
      const query = model === undefined ? {} : { model }
      return (await api('GET /api/v1/assessments', { signal, query })).assessments
    },
    refetchInterval: 5_000,
  })

/** What an assessment can be made of. */
export const assessmentChoicesQuery = queryOptions({
  queryKey: ['assessment-choices'],
  queryFn: ({ signal }) => api('GET /api/v1/assessments/choices', { signal }),
})

/** One assessment; a running one is looked at more often. */
export const assessmentQuery = (id: string) =>
  queryOptions({
    queryKey: ['assessment', id],
    queryFn: ({ signal }) => api('GET /api/v1/assessments/:id', { signal, parameters: { id } }),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 1_000 : false),
  })

/** Routes, limits and counts. */
export const gatewayQuery = queryOptions({
  queryKey: ['gateway'],
  queryFn: ({ signal }) => api('GET /api/v1/gateway', { signal }),
  refetchInterval: 5_000,
})

/** API keys, without the keys themselves. */
export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async ({ signal }) => (await api('GET /api/v1/keys', { signal })).keys,
  refetchInterval: 15_000,
})

/** The audit log's size, root and checkpoint. */
export const auditQuery = queryOptions({
  queryKey: ['audit'],
  queryFn: ({ signal }) => api('GET /api/v1/audit', { signal }),
  refetchInterval: 5_000,
})

/** One record with its proof; looked at again until a checkpoint covers it. */
export const recordQuery = (index: number) =>
  queryOptions({
    queryKey: ['record', index],
    queryFn: ({ signal }) =>
      api('GET /api/v1/audit/records/:index', { signal, parameters: { index: String(index) } }),
    refetchInterval: ({ state }) => (state.data?.proof === null ? 1_000 : false),
  })
