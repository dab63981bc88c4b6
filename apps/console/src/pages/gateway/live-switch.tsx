import { Button } from '../../design/button.tsx'
import { classNames } from '../../design/class-names.ts'
import { useNow } from '../../design/use-now.ts'
import { formatAge } from '../../format/time.ts'
import type { FeedState } from '../../live/decision-feed.ts'
import styles from './live-switch.module.css'

interface LiveSwitchProps {
  readonly status: FeedState['status']
  readonly heardAt: number | null
  readonly isPaused: boolean
  readonly waiting: number
  readonly setPaused: (paused: boolean) => void
}

/** Whether rows arrive by themselves, how old the view is if not, and the button that holds it still. */
export function LiveSwitch({ status, heardAt, isPaused, waiting, setPaused }: LiveSwitchProps) {
  return (
    <div className={styles.live}>
      <span
        className={classNames(styles.state, styles[isPaused ? 'paused' : status])}
        role="status"
      >
        <i />
        {isPaused
          ? 'Paused'
          : { live: 'Live', connecting: 'Connecting', reconnecting: 'Reconnecting' }[status]}
        {status === 'reconnecting' && heardAt !== null ? <Heard at={heardAt} /> : null}
      </span>
      <Button
        icon={isPaused ? 'play' : 'pause'}
        aria-pressed={isPaused}
        aria-label={isPaused ? 'Resume live decisions' : 'Pause live decisions'}
        onClick={() => setPaused(!isPaused)}
      >
        {isPaused ? (waiting === 0 ? 'Resume' : `Resume, ${waiting} new`) : 'Pause'}
      </Button>
    </div>
  )
}

/** For the eye only: a status that changes each second would be read each second. */
function Heard({ at }: { readonly at: number }) {
  const now = useNow(1000)
  return <span aria-hidden="true">, heard {formatAge(at, now)}</span>
}
