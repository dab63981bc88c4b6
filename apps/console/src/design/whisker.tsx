import { formatShare } from '../format/quantity.ts'
import styles from './whisker.module.css'

interface WhiskerProps {
  readonly value: number
  readonly interval: readonly [number, number]
}

/** A share of one with its 95 % interval, on the axis from 0 to 1: a dot between whiskers. */
export function Whisker({ value, interval: [low, high] }: WhiskerProps) {
  const at = (share: number) => `${100 * Math.min(1, Math.max(0, share))}%`
  const label = `${formatShare(value)}, 95 % interval ${formatShare(low)} to ${formatShare(high)}`
  return (
    <svg className={styles.plot} role="img" aria-label={label}>
      {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
        <line key={tick} className={styles.tick} x1={at(tick)} x2={at(tick)} y1="2" y2="18" />
      ))}
      <line className={styles.whisker} x1={at(low)} x2={at(high)} y1="10" y2="10" />
      <line className={styles.whisker} x1={at(low)} x2={at(low)} y1="5" y2="15" />
      <line className={styles.whisker} x1={at(high)} x2={at(high)} y1="5" y2="15" />
      <circle className={styles.dot} cx={at(value)} cy="10" r="4" />
    </svg>
  )
}
