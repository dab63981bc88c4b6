import type { AssessmentRequest } from '@merlon/api'
import { attackCatalogue, parseAttackName } from '@merlon/attacks'
import type { AssessmentRow, Store } from '@merlon/store'
import type { Config } from '../config/config.ts'
import { ControlError } from '../control/problem.ts'
import type { AssessRequest } from './assess-handler.ts'

/**
 * Puts an assessment into the queue; any worker that sees the same files may do it.
 * @throws ControlError REQUEST_INVALID for a model or data set that merlon.yaml does not name; AttackError ATTACK_UNKNOWN
 */
export async function queueAssessment(
  store: Store,
  config: Config,
  { model, data, attacks, profile, norm, epsilon, samples, seed }: AssessmentRequest,
  by: string,
): Promise<AssessmentRow> {
  const { path: modelPath, preprocessing } = named(config.models, model, 'model')
  const { path, split, labels, size, length } = named(config.datasets, data, 'data set')
  if (attacks !== undefined && profile !== undefined) {
    const message = 'attacks and profile both say what to run; give one of the two'
    throw new ControlError('REQUEST_INVALID', message)
  }
  for (const attack of attacks ?? []) {
    const { norms } = attackCatalogue[parseAttackName(attack)]
    if (!norms.includes(norm)) {
      throw new ControlError(
        'REQUEST_INVALID',
        `${attack} knows ${norms.join(' and ')} but not ${norm}`,
      )
    }
  }
  const request: AssessRequest = {
    modelPath,
    data: {
      path,
      ...(split && { split }),
      ...(labels && { labels }),
      ...(size && { size }),
      ...(length && { length }),
    },
    ...(preprocessing && { preprocessing }),
    ...(attacks && { attacks }),
    ...(profile && { profile }),
    norm,
    epsilon,
    ...(samples !== undefined && { samples }),
    seed,
    failOn: 'medium',
  }
  return store.assessments.queue({ model, data }, { kind: 'assess', input: request }, by)
}

function named<Entry>(table: Readonly<Record<string, Entry>>, name: string, what: string): Entry {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined
  if (entry !== undefined) return entry
  throw new ControlError('REQUEST_INVALID', `merlon.yaml names no ${what} ${JSON.stringify(name)}`)
}
