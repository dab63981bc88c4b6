import type { AssessmentChoices, AssessmentRequest } from '@merlon/api'
import { attackCatalogue, parseAttackName } from '@merlon/attacks'
import type { AssessmentRow, Store } from '@merlon/store'
import type { Config, Endpoint } from '../config/config.ts'
import { ControlError } from '../control/problem.ts'
import { declarationDigest } from '../open-remote-model.ts'
import type { AssessRequest } from './assess-handler.ts'

/**
 * Puts an assessment into the queue; any worker that sees the same files may do it.
 * @throws ControlError REQUEST_INVALID for a model or data set that merlon.yaml does not name, or an attack
 * that the model does not answer; AttackError ATTACK_UNKNOWN
 */
export async function queueAssessment(
  store: Store,
  config: Config,
  { model, data, attacks, profile, norm, epsilon, samples, seed }: AssessmentRequest,
  by: string,
): Promise<AssessmentRow> {
  const endpoint = Object.hasOwn(config.endpoints, model) ? config.endpoints[model] : undefined
  const { path, split, labels, size, length, columns } = named(config.datasets, data, 'data set')
  if (attacks !== undefined && profile !== undefined) {
    const message = 'attacks and profile both say what to run; give one of the two'
    throw new ControlError('REQUEST_INVALID', message)
  }
  for (const attack of attacks ?? []) {
    const { norms, access } = attackCatalogue[parseAttackName(attack)]
    if (endpoint !== undefined && !isAnswered(access, endpoint)) {
      throw new ControlError(
        'REQUEST_INVALID',
        `${attack} needs ${access}, and ${model} answers ${accessOfEndpoint(endpoint)}`,
      )
    }
    if (!norms.includes(norm)) {
      throw new ControlError(
        'REQUEST_INVALID',
        `${attack} knows ${norms.join(' and ')} but not ${norm}`,
      )
    }
  }
  const request: AssessRequest = {
    ...(endpoint === undefined ? fileOf(config, model) : endpointOf(model, endpoint)),
    data: {
      path,
      ...(split && { split }),
      ...(labels && { labels }),
      ...(size && { size }),
      ...(length && { length }),
      ...(columns && { columns }),
    },
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

type EndpointAccess = AssessmentChoices['endpoints'][number]['access']

/** The most that an endpoint answers as far as its declaration says; the one of a protocol that describes itself may give less. */
export function accessOfEndpoint({ protocol, mapping }: Endpoint): EndpointAccess {
  return protocol === 'json' && mapping?.scores === undefined ? 'labels' : 'scores'
}

function isAnswered(needed: EndpointAccess | 'gradients', endpoint: Endpoint): boolean {
  return needed === 'labels' || needed === accessOfEndpoint(endpoint)
}

function fileOf(config: Config, model: string) {
  const { path: modelPath, preprocessing } = named(config.models, model, 'model')
  return { modelPath, ...(preprocessing && { preprocessing }) }
}

function endpointOf(name: string, endpoint: Endpoint) {
  return { endpoint: { name, declaration: declarationDigest(endpoint) } }
}

function named<Entry>(table: Readonly<Record<string, Entry>>, name: string, what: string): Entry {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined
  if (entry !== undefined) return entry
  throw new ControlError('REQUEST_INVALID', `merlon.yaml names no ${what} ${JSON.stringify(name)}`)
}
