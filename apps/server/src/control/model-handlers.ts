import type { ModelSummary, Reply } from '@merlon/api'
import type { AssessmentRow, ModelRow } from '@merlon/store'
import { describeSignature } from '../inference/register-model.ts'
import { lifeOf } from '../state/record-text.ts'
import type { ControlContext } from './control-context.ts'
import type { Handlers } from './control-plane.ts'
import { ControlError } from './problem.ts'

type ModelRoutes = 'GET /api/v1/models' | 'GET /api/v1/models/:name'

/** The registered models and the life of each. */
export const modelHandlers: Pick<Handlers, ModelRoutes> = {
  async 'GET /api/v1/models'({ context }) {
    const models = await context.store.models.list()
    const assessments = await context.store.assessments.list()
    return { models: models.map((model) => summaryOf(context, model, assessments)) }
  },

  async 'GET /api/v1/models/:name'({ context, parameters }) {
    const { name = '' } = parameters
    const model = await context.store.models.byName(name)
    if (model === undefined) {
      throw new ControlError('NOT_FOUND', `there is no model ${JSON.stringify(name.slice(0, 100))}`)
    }
    const assessments = await context.store.assessments.list({ model: name })
    const detail: Reply<'GET /api/v1/models/:name'> = {
      ...summaryOf(context, model, assessments),
      ...describeSignature(model.signature),
      labels: [...model.labels],
      life: lifeOf(context.recorder.chronicle.records, name),
    }
    return detail
  },
}

/** A model as lists show it; assessments are newest first. */
export function summaryOf(
  { config }: ControlContext,
  { name, path, sha256, bytes, registeredAt }: ModelRow,
  assessments: readonly AssessmentRow[],
): ModelSummary {
  const last = assessments.find((one) => one.model === name && one.finishedAt !== null)
  const routes = Object.entries(config.routes).filter(([, { model }]) => model === name)
  return {
    name,
    path,
    sha256,
    bytes,
    registeredAt,
    routes: routes.map(([route]) => (route.startsWith('/') ? route : `/v2/models/${route}`)),
    lastAssessment:
      last === undefined
        ? null
        : {
            id: last.id,
            finishedAt: last.finishedAt ?? last.startedAt,
            verdict: last.verdict ?? last.status,
          },
  }
}
