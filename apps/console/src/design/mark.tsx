import styles from './mark.module.css'

/** Merlon's mark: the solid parts of a battlement, behind which the defender stands. */
export function Mark({ large = false }: { readonly large?: boolean }) {
  return (
    <svg className={large ? styles.large : styles.mark} viewBox="0 0 32 32" aria-hidden="true">
      <rect className={styles.ground} width="32" height="32" rx="7" />
      <path className={styles.wall} d="M5 8h5.5v4.5h2.75V8h5.5v4.5h2.75V8H27v16H5z" />
    </svg>
  )
}
