import { useSyncExternalStore } from 'react'
import styles from './announce.module.css'

const listeners = new Set<() => void>()
let said = ''

/** Says a sentence to screen readers, after what they are reading now. */
export function announce(text: string): void {
  // The same words twice would not be read twice: an invisible space makes them differ.
  said = said === text ? `${text}\u200b` : text
  for (const listener of listeners) listener()
}

/** Where announcements are heard. One per page. */
export function Announcer() {
  const text = useSyncExternalStore(subscribe, () => said)
  return (
    <div role="status" aria-label="Announcements" className={styles.hidden}>
      {text}
    </div>
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
