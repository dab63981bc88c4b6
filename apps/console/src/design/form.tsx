import styles from './form.module.css'
import { Icon } from './icon.tsx'
import { describeError } from './notice.tsx'

/** What the server says against it, in the dialog. */
export function Wrong({ error }: { readonly error: unknown }) {
  const { code, message, requestId } = describeError(error)
  return (
    <p role="alert" className={styles.warning}>
      <Icon name="error" />
      <span>
        <code>{code}</code> {message} (request <code>{requestId}</code>)
      </span>
    </p>
  )
}
