import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure, Skeleton } from './notice.tsx'

interface AnswerProps<T> {
  readonly of: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>
  readonly lines?: number
  readonly children: (data: T) => ReactNode
}

/**
 * What the server answered: a skeleton before, the failure if there never was an answer. An answer
 * that cannot be renewed stays on the screen; the shell's banner says how old it is.
 */
export function Answer<T>({ of, lines, children }: AnswerProps<T>) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error === null || isOffline(of.error) ? null : (
          <Failure error={of.error} onRetry={() => void of.refetch()} />
        )}
        {children(of.data)}
      </>
    )
  }
  if (of.error !== null) return <Failure error={of.error} onRetry={() => void of.refetch()} />
  return lines === undefined ? <Skeleton /> : <Skeleton lines={lines} />
}

function isOffline(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 0
}
