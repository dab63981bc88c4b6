import { useQueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { connection } from '../connection.ts'
import { Button } from '../design/button.tsx'
import { Icon } from '../design/icon.tsx'
import { useNow } from '../design/use-now.ts'
import { formatAge, formatInstant } from '../format/time.ts'
import styles from './connection-banner.module.css'

/** Says that the server does not answer, and how old what is shown is. */
export function ConnectionBanner() {
  const { lostAt, heardAt } = useSyncExternalStore(connection.subscribe, connection.state)
  const queries = useQueryClient()
  if (lostAt === null) return null
  return (
    <div className={styles.banner} role="alert" aria-label="Connection">
      <Icon name="offline" />
      <p>
        <strong>The server does not answer.</strong>{' '}
        {heardAt === null ? (
          'Check that merlon start is running.'
        ) : (
          <>
            What you see was true at {formatInstant(heardAt)}
            <Age at={heardAt} />. The console keeps trying.
          </>
        )}
      </p>
      <Button onClick={() => void queries.refetchQueries({ type: 'active' })}>Try now</Button>
    </div>
  )
}

/** Ticks for the eye only: an alert that changes each second would be read each second. */
function Age({ at }: { readonly at: number }) {
  const now = useNow(1000)
  return <span aria-hidden="true"> ({formatAge(at, now)})</span>
}
