import styles from './code-line.module.css'
import { CopyButton } from './copy-button.tsx'

/** A command to type, or a text to take away, with its copy button. */
export function CodeLine({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className={styles.line}>
      <code className={styles.code}>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  )
}

/** The first characters of a digest, the whole on hover and by the copy button. */
export function Digest({ hex, what }: { readonly hex: string; readonly what: string }) {
  return (
    <span className={styles.digest}>
      <code title={hex}>
        {hex.slice(0, 12)}…{hex.slice(-4)}
      </code>
      <CopyButton text={hex} what={what} />
    </span>
  )
}
