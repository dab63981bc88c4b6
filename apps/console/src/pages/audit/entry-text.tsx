import { CopyButton } from '../../design/copy-button.tsx'
import styles from './record-page.module.css'

/** A record's bytes, laid out to read. The copy is of the exact bytes, because those are hashed. */
export function EntryText({ entry }: { readonly entry: string }) {
  return (
    <div className={styles.entry}>
      <CopyButton text={entry} what="the entry" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the keyboard */}
      <section tabIndex={0} aria-label="Entry as JSON">
        <pre>{pretty(entry)}</pre>
      </section>
    </div>
  )
}

function pretty(entry: string): string {
  try {
    return JSON.stringify(JSON.parse(entry), null, 2)
  } catch {
    // Not JSON, or cut off: shown as it is.
    return entry
  }
}
