import styles from './mark.module.css'

/** Merlon's mark: the solid parts of a battlement, behind which the defender stands. */
export function Mark({ large = false }: { readonly large?: boolean }) {
  return (
    <svg className={large ? styles.large : styles.mark} viewBox="0 0 32 32" aria-hidden="true">
      <rect className={styles.ground} width="32" height="32" rx="7" />
      <path className={styles.wall} d="M6 8h5v5h2.5V8h5v5H21V8h5v16H6z" />
    </svg>
  )
}
