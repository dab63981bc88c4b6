import type { Running } from './running.ts'

/** Somebody who followed the login link, and talks to the control API. */
export interface LoggedIn {
  get<Answer>(path: string): Promise<Answer>
  /** Throws with the API's own sentence where it refuses. */
  post<Answer>(path: string, body?: unknown): Promise<Answer>
}

/** Spends the one-time token of the login link. */
export async function logIn({
  url,
  loginUrl,
}: Pick<Running, 'url' | 'loginUrl'>): Promise<LoggedIn> {
  const token = loginUrl.slice(loginUrl.indexOf('=') + 1)
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ token }),
  })
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const { csrfToken } = (await answer.json()) as { csrfToken: string }
  const ask = async <Answer>(path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init)
    const json: unknown = await response.json()
    // Every refusal of the API has these words.
    const { code, message } = json as { code?: string; message?: string }
    if (!response.ok) throw new Error(`${response.status} ${code}: ${message}`)
    return json as Answer
  }
  return {
    get: (path) => ask(path, { headers: { cookie } }),
    post: (path, body) =>
      ask(path, {
        method: 'POST',
        headers: { ...headers, cookie, 'x-merlon-csrf': csrfToken },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  }
}
