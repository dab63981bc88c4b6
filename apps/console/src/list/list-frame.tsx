import type { ReactNode } from 'react'
import { formatCount, formatCountOf } from '../format/quantity.ts'
import styles from './list-frame.module.css'

interface ListFrameProps {
  readonly count: number
  /** How many there are without the filters. */
  readonly of: number
  /** One of them, such as `record`. */
  readonly noun: string
  readonly children: ReactNode
  readonly foot?: ReactNode
}

/** What stands around a list: its edge, how much of it passes the filters, a way to more. */
export function ListFrame({ count, of, noun, children, foot }: ListFrameProps) {
  return (
    <div className={styles.frame}>
      {count === 0 ? (
        <p className={styles.none}>None of {formatCountOf(of, noun)} passes the filters.</p>
      ) : (
        children
      )}
      <footer className={styles.foot}>
        <span role="status">
          {count === of ? '' : `${formatCount(count)} of `}
          {formatCountOf(of, noun)}
        </span>
        {foot === undefined ? null : <span className={styles.actions}>{foot}</span>}
      </footer>
    </div>
  )
}
