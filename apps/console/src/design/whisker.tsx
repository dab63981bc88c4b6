import { formatShare } from '../format/quantity.ts'
import styles from './whisker.module.css'

interface WhiskerProps {
  readonly value: number
  readonly interval: readonly [number, number]
}

const width = 200
const inset = 4

/** A share of one with its 95 % interval, on the axis from 0 to 1: a dot between whiskers. */
export function Whisker({ value, interval: [low, high] }: WhiskerProps) {
  const at = (share: number) => inset + Math.min(1, Math.max(0, share)) * (width - 2 * inset)
  const label = `${formatShare(value)}, 95 % interval ${formatShare(low)} to ${formatShare(high)}`
  return (
    <svg className={styles.plot} viewBox={`0 0 ${width} 20`} role="img" aria-label={label}>
      {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
        <line key={tick} className={styles.tick} x1={at(tick)} x2={at(tick)} y1="2" y2="18" />
      ))}
      <path
        className={styles.whisker}
        d={`M${at(low)} 5.5v9M${at(high)} 5.5v9M${at(low)} 10H${at(high)}`}
      />
      <circle className={styles.dot} cx={at(value)} cy="10" r="4" />
    </svg>
  )
}
