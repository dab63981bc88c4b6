import { ApiError } from '@merlon/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { api, keepSession, sessionQuery } from '../api.ts'
import { Button } from '../design/button.tsx'
import { CodeLine } from '../design/code-line.tsx'
import { Field } from '../design/field.tsx'
import { Mark } from '../design/mark.tsx'
import { safePath } from '../list/search.ts'
import { captureFragmentToken, takeFragmentToken } from './fragment-token.ts'
import styles from './login.module.css'

const reasons: Readonly<Record<string, string>> = {
  ended: 'Your session has ended. Log in again to go on where you were.',
  left: 'You are logged out.',
}

/** The way in: the one-time token that the server printed, typed or from the link. */
export function LoginPage() {
  const { next, why } = useSearch({ from: '/login' })
  const [token, setToken] = useState('')
  const navigate = useNavigate()
  const queries = useQueryClient()
  const login = useMutation({
    mutationFn: (token: string) => api('POST /api/v1/session', { body: { token } }),
    onSuccess: (session) => {
      queries.setQueryData(sessionQuery.queryKey, keepSession(session))
      void navigate({ to: safePath(next), replace: true })
    },
  })
  const { mutate } = login
  useEffect(() => {
    document.title = 'Log in · Merlon'
    const use = () => {
      captureFragmentToken()
      const given = takeFragmentToken()
      if (given !== undefined) mutate(given)
    }
    use()
    // The link opened once more in this tab changes only the fragment, and reloads nothing.
    window.addEventListener('hashchange', use)
    return () => window.removeEventListener('hashchange', use)
  }, [mutate])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim() !== '') mutate(token.trim())
  }
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Mark large />
        <h1>Log in to Merlon</h1>
        {why === undefined ? null : (
          <p role="status" className={styles.why}>
            {reasons[why]}
          </p>
        )}
        <form onSubmit={submit} className={styles.form}>
          <Field
            label="One-time token"
            type="password"
            autoComplete="one-time-code"
            required
            maxLength={200}
            value={token}
            error={login.error === null ? undefined : sentenceOf(login.error)}
            hint="The server prints a link with a token each time it starts. Each token works once."
            onChange={(event) => setToken(event.target.value)}
          />
          <Button type="submit" look="primary" disabled={login.isPending}>
            {login.isPending ? 'Logging in…' : 'Log in'}
          </Button>
        </form>
        <div className={styles.help}>
          <p>
            No token at hand? Run this where the server runs. It prints a new link, and leaves a
            running server alone:
          </p>
          <CodeLine text="merlon start" what="the command" />
        </div>
      </div>
    </main>
  )
}

function sentenceOf(error: Error): string {
  return error instanceof ApiError ? `${error.code}: ${error.message}` : error.message
}
