import type { Overview } from '@merlon/api'
import { Badge, StateIcon } from '../../design/badge.tsx'
import { classNames } from '../../design/class-names.ts'
import { PathLink } from '../../design/path-link.tsx'
import styles from './posture.module.css'

type Row = Overview['posture'][number]

/** Am I safe now: one sentence, then each protection. Nobody looked is drawn differently from all is well. */
export function Posture({ posture }: Pick<Overview, 'posture'>) {
  const count = (state: Row['state']) => posture.filter((row) => row.state === state).length
  const verdict = verdictOf(count('attention'), count('unchecked'))
  return (
    <section className={styles.posture} aria-labelledby="posture">
      <div className={classNames(styles.verdict, styles[verdict.state])}>
        <StateIcon name={verdict.state} />
        <div>
          <h2 id="posture">{verdict.title}</h2>
          <p>{verdict.detail}</p>
        </div>
      </div>
      <ul className={styles.rows}>
        {posture.map((row) => (
          <li key={row.name}>
            <PathLink path={row.link} className={classNames(styles.row, styles[row.state])}>
              <span className={styles.name}>{row.name}</span>
              <Badge name={row.state} />
              <span className={styles.text}>{row.text}</span>
            </PathLink>
          </li>
        ))}
      </ul>
    </section>
  )
}

function verdictOf(attention: number, unchecked: number) {
  const isSingle = unchecked === 1
  const open = `${unchecked} ${isSingle ? 'protection was' : 'protections were'} not checked`
  if (attention > 0) {
    const title = `${attention} ${attention === 1 ? 'protection needs' : 'protections need'} attention`
    return {
      state: 'attention',
      title,
      detail:
        unchecked === 0 ? 'Everything else holds.' : `And ${open}, which says nothing good or bad.`,
    } as const
  }
  if (unchecked > 0) {
    const detail = 'Nothing is known to be wrong, but not everything was looked at.'
    return { state: 'unchecked', title: open, detail } as const
  }
  const detail = 'Each protection was checked, and each holds.'
  return { state: 'ok', title: 'All protections hold', detail } as const
}
