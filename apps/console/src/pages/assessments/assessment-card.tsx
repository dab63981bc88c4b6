import type { AssessmentSummary } from '@merlon/api'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../design/badge.tsx'
import { Instant } from '../../design/instant.tsx'
import { Whisker } from '../../design/whisker.tsx'
import { formatShare } from '../../format/quantity.ts'
import styles from './assessment-card.module.css'
import { estimateName } from './estimate-name.ts'
import { FindingCounts } from './finding-counts.tsx'

/** An assessment in a few lines: what was attacked, what came out, the headline figures. */
export function AssessmentCard({ assessment }: { readonly assessment: AssessmentSummary }) {
  const { id, model, status, verdict, startedAt, headline } = assessment
  return (
    <div className={styles.card}>
      <p className={styles.title}>
        <Link to="/assessments/$id" params={{ id }}>
          {model}
        </Link>
        <Badge name={status === 'finished' ? (verdict ?? 'incomplete') : status} />
      </p>
      <p className={styles.when}>
        <Instant at={startedAt} /> on {assessment.data}
      </p>
      <FindingCounts assessment={assessment} />
      <ul className={styles.figures}>
        {headline.map((estimate) => (
          <li key={estimateName(estimate)}>
            <span>{estimateName(estimate)}</span>
            <b>{formatShare(estimate.value)}</b>
            <Whisker value={estimate.value} interval={estimate.interval} />
          </li>
        ))}
      </ul>
    </div>
  )
}
