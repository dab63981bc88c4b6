import { type ErrorComponentProps, Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { buttonClass } from '../design/button.tsx'
import { Empty, Failure } from '../design/notice.tsx'
import { PageHead } from '../design/page-head.tsx'
import styles from './dead-ends.module.css'

/** An address that leads nowhere. */
export function MissingPage() {
  return (
    <main className={styles.page}>
      <PageHead title="Not found" />
      <Empty
        icon="search"
        title="There is no such page"
        action={
          <Link to="/" className={buttonClass.primary}>
            To the overview
          </Link>
        }
      >
        The address does not belong to this console. It may come from another version.
      </Empty>
    </main>
  )
}

const reloadedKey = 'merlon.reloaded'

/** A page that could not be drawn, for a reason that is ours. */
export function BrokenPage({ error, reset }: ErrorComponentProps) {
  useEffect(() => reloadOnce(error), [error])
  return (
    <main className={styles.page}>
      <PageHead title="This page could not be drawn" />
      <Failure error={error} onRetry={reset} />
    </main>
  )
}

/** After an update the old page asks for files that are gone: one reload fetches the new ones. */
function reloadOnce(error: unknown): void {
  if (!(error instanceof Error)) return
  if (!/dynamically imported module|preload/i.test(error.message)) return
  try {
    if (sessionStorage.getItem(reloadedKey) !== null) return
    sessionStorage.setItem(reloadedKey, 'yes')
    location.reload()
  } catch {
    // Without storage there is no telling the second reload from the first: the button stays.
  }
}
