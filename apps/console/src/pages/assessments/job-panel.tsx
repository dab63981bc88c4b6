import type { AssessmentDetail } from '@merlon/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, assessmentQuery } from '../../api.ts'
import { Button } from '../../design/button.tsx'
import { Wrong } from '../../design/form.tsx'
import { Fact, Facts, Panel } from '../../design/panel.tsx'
import { formatCount, formatShare } from '../../format/quantity.ts'
import styles from './job-panel.module.css'

type Job = NonNullable<AssessmentDetail['job']>

/** How far an assessment of the queue is, who does it, and the ways to stop it or to try it again. */
export function JobPanel({ assessment }: { readonly assessment: AssessmentDetail }) {
  const { id, job } = assessment
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: (verb: 'cancel' | 'retry') =>
      api(`POST /api/v1/assessments/:id/${verb}`, { parameters: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: assessmentQuery(id).queryKey }),
  })
  if (job === null || job.state === 'done') return null
  const isOpen = job.state === 'queued' || job.state === 'running'
  return (
    <Panel
      title={titles[job.state]}
      actions={
        isOpen ? (
          <Button
            look="danger"
            icon="close"
            disabled={change.isPending || job.isCancelRequested}
            onClick={() => change.mutate('cancel')}
          >
            {job.isCancelRequested ? 'Stopping…' : 'Stop it'}
          </Button>
        ) : (
          <Button icon="play" disabled={change.isPending} onClick={() => change.mutate('retry')}>
            Go on
          </Button>
        )
      }
    >
      {isOpen ? <Progress job={job} /> : null}
      <Facts>
        <Fact name="Worker">{job.worker ?? 'none has it'}</Fact>
        <Fact name="Attempt">
          {job.attempts} of {job.attemptsMax}
        </Fact>
      </Facts>
      {change.error === null ? null : <Wrong error={change.error} />}
    </Panel>
  )
}

const titles: Readonly<Record<Job['state'], string>> = {
  queued: 'Waiting for a worker',
  running: 'At work',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Stopped',
  dead: 'Given up after its last attempt',
}

function Progress({ job: { progress } }: { readonly job: Job }) {
  const { done, total } = progress
  const share = total === 0 ? 0 : Math.min(1, done / total)
  return (
    <p className={styles.progress}>
      <progress aria-label="Model evaluations" value={share} max={1} />
      <span>
        {total === 0
          ? 'not begun'
          : `${formatShare(share)}: ${formatCount(done)} of at most ${formatCount(total)} model evaluations`}
      </span>
    </p>
  )
}
