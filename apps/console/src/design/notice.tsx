import { ApiError } from '@merlon/api'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { CodeLine } from './code-line.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './notice.module.css'

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  /** What would stand here, and what it is good for. */
  readonly children: ReactNode
  /** The one command that fills it. */
  readonly command?: string
  readonly action?: ReactNode
}

/** Nothing here yet: what this is, and the one thing that fills it. */
export function Empty({ icon, title, children, command, action }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.medallion}>
        <Icon name={icon} />
      </span>
      <p className={styles.title}>{title}</p>
      <p>{children}</p>
      {command === undefined ? null : <CodeLine text={command} what="the command" />}
      {action}
    </div>
  )
}

/** Something failed: its code, a sentence, the request to quote, and another try. */
export function Failure({
  error,
  onRetry,
}: {
  readonly error: unknown
  readonly onRetry: () => void
}) {
  const { code, message, requestId } = describeError(error)
  return (
    <div className={styles.failure} role="alert">
      <Icon name="error" />
      <div>
        <p>
          <code className={styles.code}>{code}</code> {message}
        </p>
        <p className={styles.small}>
          Request <code>{requestId}</code>
        </p>
      </div>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}

/** What an error says to a person. */
export function describeError(error: unknown): {
  readonly code: string
  readonly message: string
  readonly requestId: string
} {
  if (error instanceof ApiError) return error
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'CONSOLE', message, requestId: '-' }
}

/** Grey lines where content will be. CSS shows them after 200 ms, so that a fast answer does not flicker. */
export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className={styles.skeleton} role="progressbar" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
        <span key={line} />
      ))}
    </div>
  )
}
