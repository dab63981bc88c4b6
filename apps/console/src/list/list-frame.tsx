import type { ReactNode } from 'react'
import styles from './list-frame.module.css'

interface ListFrameProps {
  readonly count: number
  /** How many there are without the filters. */
  readonly of: number
  readonly noun: string
  readonly children: ReactNode
  readonly foot?: ReactNode
}

/** What stands around a list: its edge, how much of it passes the filters, a way to more. */
export function ListFrame({ count, of, noun, children, foot }: ListFrameProps) {
  return (
    <div className={styles.frame}>
      {count === 0 ? (
        <p className={styles.none}>
          None of the {of} {noun} passes the filters.
        </p>
      ) : (
        children
      )}
      <footer className={styles.foot}>
        <span role="status">{count === of ? `${of} ${noun}` : `${count} of ${of} ${noun}`}</span>
        {foot === undefined ? null : <span className={styles.actions}>{foot}</span>}
      </footer>
    </div>
  )
}
