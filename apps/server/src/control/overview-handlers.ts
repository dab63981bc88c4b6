import { sep } from 'node:path'
import type { Overview } from '@merlon/api'
import { type Severity, severities, unreachable } from '@merlon/core'
import type { AssessmentRow } from '@merlon/store'
import { happeningOf } from '../state/record-text.ts'
import { assessmentSummary, jobsById } from './assessment-handlers.ts'
import type { ControlContext } from './control-context.ts'
import type { Handlers } from './control-plane.ts'
import { decisionReply } from './gateway-handlers.ts'

type Posture = Overview['posture'][number]
type Todo = Overview['todo'][number]

const minuteMs = 60_000

/** Am I safe now, what changed, what must a human do. */
export const overviewHandlers: Pick<Handlers, 'GET /api/v1/overview'> = {
  async 'GET /api/v1/overview'({ context }) {
    const { store, projection, recorder, clock } = context
    await projection.flush()
    const assessments = await store.assessments.list()
    const last = assessments.find(({ status }) => status === 'finished')
    const models = latestByModel(context, assessments)
    const { decisions } = await store.decisions.list({ verdict: 'block', limit: 10 })
    return {
      posture: [
        assessedPosture(models),
        gatewayPosture(context),
        await keysPosture(context),
        auditPosture(context),
        witnessPosture(context),
      ],
      todo: models.flatMap(todoOf).sort(bySeverity),
      changes: recorder.chronicle.records.slice(-20).reverse().map(happeningOf),
      recentBlocks: decisions.map(decisionReply),
      lastAssessment:
        last === undefined ? null : assessmentSummary(context, last, await jobsById(store)),
      traffic: lastHour(clock(), await store.decisions.perMinute(clock() - 60 * minuteMs)),
    }
  },
}

interface ServedModel {
  readonly name: string
  readonly assessment: AssessmentRow | undefined
}

/** Each served model with its newest assessment that ended. */
function latestByModel(
  { config }: ControlContext,
  assessments: readonly AssessmentRow[],
): ServedModel[] {
  const names = new Set(Object.values(config.routes).map(({ model }) => model))
  return [...names].map((name) => ({
    name,
    assessment: assessments.find((one) => one.model === name && one.finishedAt !== null),
  }))
}

function assessedPosture(models: readonly ServedModel[]): Posture {
  const row = { name: 'Models', link: '/models' }
  if (models.length === 0) return { ...row, state: 'unchecked', text: 'no model is served' }
  const open = models.filter(({ assessment }) => assessment === undefined)
  const bad = models.filter(({ assessment }) => assessment && assessment.verdict !== 'clean')
  const count = `${models.length} served`
  if (bad.length > 0) {
    const names = bad.map(({ name }) => name).join(', ')
    return { ...row, state: 'attention', text: `${count}; not clean when assessed: ${names}` }
  }
  if (open.length > 0) {
    const names = open.map(({ name }) => name).join(', ')
    return { ...row, state: 'unchecked', text: `${count}; never assessed: ${names}` }
  }
  return { ...row, state: 'ok', text: `${count}, all clean when last assessed` }
}

function gatewayPosture({ policy, gateway }: ControlContext): Posture {
  const row = { name: 'Gateway', link: '/gateway' }
  const routes = policy.snapshot.routes.size
  if (routes === 0) return { ...row, state: 'unchecked', text: 'no route is configured' }
  const { lost } = gateway.counts
  if (lost > 0) {
    return { ...row, state: 'attention', text: `${lost} audit records did not reach the disk` }
  }
  const text = `${routes} ${routes === 1 ? 'route asks' : 'routes ask'} for an API key and limit each key`
  return { ...row, state: 'ok', text }
}

async function keysPosture({ store, clock }: ControlContext): Promise<Posture> {
  const row = { name: 'API keys', link: '/gateway/keys' }
  const now = clock()
  const live = (await store.keys.list()).filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || expiresAt > now),
  )
  const endless = live.filter(({ expiresAt }) => expiresAt === null).length
  const count = `${live.length} in use`
  if (endless > 0)
    return { ...row, state: 'attention', text: `${count}, ${endless} without an end` }
  return { ...row, state: 'ok', text: live.length === 0 ? count : `${count}, all with an end` }
}

function auditPosture({ recorder, auditWatch }: ControlContext): Posture {
  const row = { name: 'Audit log', link: '/audit' }
  const records = `${recorder.log.size} records`
  const { failure } = recorder.log
  if (failure !== undefined) return { ...row, state: 'attention', text: failure.message }
  const check = auditWatch.last
  switch (check.kind) {
    case 'none':
      return { ...row, state: 'unchecked', text: `${records}; not verified since the start` }
    case 'failed':
      return { ...row, state: 'unchecked', text: `${records}; not verified: ${check.why}` }
    case 'verified': {
      const { verdict } = check.verification
      const states = { whole: 'ok', consistent: 'unchecked', broken: 'attention' } as const
      return { ...row, state: states[verdict], text: `${records}; ${verdict} when last verified` }
    }
    default:
      return unreachable(check)
  }
}

function witnessPosture({ state, stateDir }: ControlContext): Posture {
  const row = { name: 'Witness', link: '/audit' }
  if (state.witnesses.length === 0) {
    const text = 'no copy of the checkpoint is kept: a cut log cannot be found out'
    return { ...row, state: 'attention', text }
  }
  if (state.witnesses.every((folder) => folder.startsWith(stateDir + sep))) {
    const text = 'the copies lie beside the log; set audit.witness to another disk or machine'
    return { ...row, state: 'attention', text }
  }
  const folders = state.witnesses.length
  return { ...row, state: 'ok', text: `${folders} ${folders === 1 ? 'copy' : 'copies'} elsewhere` }
}

function todoOf({ name, assessment }: ServedModel): Todo[] {
  if (assessment === undefined) {
    return [
      {
        severity: 'medium',
        title: `${name} has never been assessed`,
        detail: `merlon assess ${name} --data DATA says how it breaks`,
        link: `/models/${name}`,
      },
    ]
  }
  const link = `/assessments/${assessment.id}`
  const worst = severities.find((severity) => assessment.findings[severity] > 0)
  const rows: Todo[] = []
  if (worst !== undefined) {
    const count = severities.reduce((sum, severity) => sum + assessment.findings[severity], 0)
    const title = `${name}: ${count} ${count === 1 ? 'finding' : 'findings'} to look at`
    rows.push({ severity: worst, title, detail: `the worst is ${worst}`, link })
  }
  if (assessment.skipped > 0) {
    const title = `${name}: ${assessment.skipped} checks were skipped`
    rows.push({ severity: 'low', title, detail: 'the report says which and why', link })
  }
  if (assessment.status !== 'finished') {
    const title = `${name}: the last assessment ${assessment.status}`
    rows.push({ severity: 'medium', title, detail: 'run it again', link })
  }
  return rows
}

function bySeverity(a: Todo, b: Todo): number {
  const rank = (severity: Severity) => severities.indexOf(severity)
  return rank(a.severity) - rank(b.severity)
}

/** Sixty minutes, oldest first: one without traffic is a zero. */
function lastHour(
  now: number,
  known: readonly { at: number; passed: number; blocked: number }[],
): Overview['traffic'] {
  const byMinute = new Map(known.map((minute) => [minute.at, minute]))
  const current = Math.floor(now / minuteMs) * minuteMs
  return Array.from({ length: 60 }, (_, i) => {
    const at = current - (59 - i) * minuteMs
    const { passed = 0, blocked = 0 } = byMinute.get(at) ?? {}
    return { at, passed, blocked }
  })
}
