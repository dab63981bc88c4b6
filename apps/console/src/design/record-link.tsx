import { Link } from '@tanstack/react-router'
import styles from './record-link.module.css'

/** The way to a record of the audit log. */
export function RecordLink({ index }: { readonly index: number }) {
  return (
    <Link
      to="/audit/$index"
      params={{ index: String(index) }}
      className={styles.link}
      title="Record of the audit log"
    >
      #{index}
    </Link>
  )
}
