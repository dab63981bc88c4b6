import { formatAge, formatInstant, formatInstantBare } from '../format/time.ts'
import styles from './instant.module.css'

interface InstantProps {
  readonly at: number
  /** The zone stands in the table's heading. */
  readonly bare?: boolean
}

/** A moment: absolute with its zone, relative on hover. */
export function Instant({ at, bare = false }: InstantProps) {
  const title = `${formatInstant(at)} (${formatAge(at, Date.now())})`
  return (
    <time className={styles.instant} dateTime={new Date(at).toISOString()} title={title}>
      {bare ? formatInstantBare(at) : formatInstant(at)}
    </time>
  )
}
