import type { AssessmentDetail } from '@merlon/api'
import { pathOf } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { assessmentQuery } from '../../api.ts'
import { Answer } from '../../design/answer.tsx'
import { Badge } from '../../design/badge.tsx'
import { buttonClass } from '../../design/button.tsx'
import { Digest } from '../../design/code-line.tsx'
import { Icon } from '../../design/icon.tsx'
import { Instant } from '../../design/instant.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Fact, Facts, Panel } from '../../design/panel.tsx'
import { RecordLink } from '../../design/record-link.tsx'
import { formatDuration } from '../../format/quantity.ts'
import styles from './assessment-page.module.css'
import { CompareWith } from './compare-with.tsx'
import { Curves } from './curves.tsx'
import { Estimates } from './estimates.tsx'
import { Findings } from './findings.tsx'
import { Health } from './health.tsx'
import { Illustrations } from './illustrations.tsx'
import { JobPanel } from './job-panel.tsx'
import { SkippedList } from './skipped-list.tsx'
import { VerdictBanner } from './verdict-banner.tsx'

/** One assessment: verdict, findings, figures, pictures, what was not checked, and how to repeat it. */
export function AssessmentPage() {
  const { id } = useParams({ from: '/inside/assessments/$id' })
  const assessment = useQuery(assessmentQuery(id))
  const { data } = assessment
  return (
    <>
      <PageHead
        title={data === undefined ? 'Assessment' : `Assessment of ${data.model}`}
        above={[{ to: '/assessments', title: 'Assessments' }]}
        lead={data === undefined ? undefined : <Lead assessment={data} />}
        actions={
          data?.status !== 'finished' ? undefined : (
            <>
              <CompareWith assessment={data} />
              <a
                className={buttonClass.plain}
                href={pathOf('GET /api/v1/assessments/:id/report', { id })}
                target="_blank"
                rel="noopener noreferrer"
              >
                <Icon name="external" />
                HTML report
              </a>
            </>
          )
        }
      />
      <Answer of={assessment} lines={10}>
        {(found) => (
          <div className={styles.page}>
            <VerdictBanner assessment={found} />
            <JobPanel assessment={found} />
            <Curves curves={found.curves} />
            <Estimates estimates={found.estimates} />
            <Findings findings={found.findingList} />
            <Illustrations illustrations={found.illustrations} />
            {found.status === 'running' ? null : (
              <>
                <div className={styles.pair}>
                  <Health health={found.health} />
                  <SkippedList assessment={found} />
                </div>
                <Making assessment={found} />
              </>
            )}
          </div>
        )}
      </Answer>
    </>
  )
}

function Lead({ assessment }: { readonly assessment: AssessmentDetail }) {
  const { model, isEndpoint, status, verdict, startedAt, finishedAt, auditIndex } = assessment
  return (
    <>
      <Badge name={status === 'finished' ? (verdict ?? 'incomplete') : status} />
      {isEndpoint ? (
        <span>{model}, an endpoint</span>
      ) : (
        <Link to="/models/$name" params={{ name: model }}>
          {model}
        </Link>
      )}
      <span>
        <Instant at={startedAt} />
        {finishedAt === null ? null : `, took ${formatDuration(finishedAt - startedAt)}`}
      </span>
      {auditIndex === null ? null : (
        <span>
          Record <RecordLink index={auditIndex} />
        </span>
      )}
    </>
  )
}

function Making({ assessment }: { readonly assessment: AssessmentDetail }) {
  const { seed, inputs, options } = assessment
  return (
    <Panel title="How it was made" note="same seed and same inputs give the same figures">
      <Facts>
        <Fact name="Seed">{seed}</Fact>
        {Object.entries(options)
          .filter(([name]) => name !== 'seed')
          .map(([name, value]) => (
            <Fact key={name} name={name}>
              <code>{value}</code>
            </Fact>
          ))}
        {inputs.map(({ path, sha256 }) => (
          <Fact key={path} name="Input">
            <span className={styles.input}>
              <code>{path}</code>
              <Digest hex={sha256} what={`the digest of ${path}`} />
            </span>
          </Fact>
        ))}
      </Facts>
    </Panel>
  )
}
