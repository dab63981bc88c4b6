import { type Clock, canonicalJson } from '@merlon/core'
import {
  type Backend,
  createGateway,
  type DecisionLog,
  type Gateway,
  routePolicies,
} from '@merlon/gateway'
import type { Store } from '@merlon/store'
import type { Config } from './config/config.ts'
import type { Settings } from './config/settings.ts'
import type { ModelWorker } from './inference/model-worker.ts'
import { onnxBackend } from './inference/onnx-backend.ts'
import { openRegistered } from './inference/register-model.ts'
import { limits } from './limits.ts'
import { type JobWorker, startWorker } from './queue/start-worker.ts'
import type { Tell } from './server-event.ts'
import { AuditWatch } from './state/audit-watch.ts'
import { Policy } from './state/policy.ts'
import { Projection } from './state/projection.ts'
import type { Recorder, State } from './state/state.ts'

/** What a listening server stands on. */
export interface Parts {
  readonly state: State
  readonly recorder: Recorder
  readonly workers: readonly ModelWorker[]
  readonly policy: Policy
  readonly projection: Projection
  readonly gateway: Gateway
  readonly auditWatch: AuditWatch
  readonly outboxTimer: NodeJS.Timeout
  readonly jobs: JobWorker
}

export interface PartsOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly tell: Tell
}

/** Opens each model in a thread, the policy, the projection and the gateway over an open state. */
export async function openParts(
  state: State,
  { settings, clock, tell }: PartsOptions,
): Promise<Parts> {
  const { store, recorder } = state
  const { config } = settings
  if (recorder === undefined) throw new Error('bug: a server writes its audit log')
  await store.assessments.interruptRunning()
  await store.sessions.prune()
  const workers: ModelWorker[] = []
  try {
    const backends = new Map<string, Backend>()
    for (const [name, model] of Object.entries(config.models)) {
      const { worker } = await openRegistered(state, name, model)
      workers.push(worker)
      backends.set(name, onnxBackend(worker))
    }
    await recordRoutes(store, config)
    const policy = await Policy.open(store, routePolicies(config.routes), tell)
    const projection = await Projection.open(store, recorder.log, recorder.verifierKey, tell)
    const gateway = createGateway({
      snapshot: () => policy.snapshot,
      backends,
      log: decisionLog(recorder),
      clock,
      monotonic: () => performance.now(),
      isStrict: config.audit.strict,
    })
    gateway.onDecision((decision) => projection.add(decision))
    const outboxTimer = setInterval(() => recorder.outbox.poll(tell), limits.outboxPollMs)
    outboxTimer.unref()
    const auditWatch = watchOf(state, recorder, tell)
    auditWatch.start()
    const jobs = startWorker(store, { settings, tell, concurrency: config.worker.concurrency })
    const parts = { state, recorder, workers, policy, projection, gateway, auditWatch }
    return { ...parts, outboxTimer, jobs }
  } catch (cause) {
    await Promise.all(workers.map((worker) => worker.close()))
    throw cause
  }
}

/** Puts the routes on the record when they are not those of the last start. */
async function recordRoutes(store: Store, config: Config): Promise<void> {
  const routes = [...routePolicies(config.routes).values()].map((route) => ({ ...route }))
  const text = canonicalJson(routes)
  if ((await store.meta.get('routes')) === text) return
  await store.outbox.add({ kind: 'policy', action: 'routes', routes })
  await store.meta.set('routes', text)
}

/** The audit log as the gateway's port. */
function decisionLog({ log }: Recorder): DecisionLog {
  return {
    append: (decision) => log.append({ ...decision, kind: 'decision' }),
    get isOpen() {
      return log.failure === undefined
    },
  }
}

function watchOf({ paths, witnesses }: State, { verifierKey }: Recorder, tell: Tell): AuditWatch {
  return new AuditWatch({ dir: paths.audit, verifierKey, witnesses }, tell)
}

/** Writes what waits and ends the threads; the state stays open. */
export async function closeParts(parts: Parts): Promise<void> {
  clearInterval(parts.outboxTimer)
  await parts.jobs.close()
  await parts.policy.close()
  await parts.projection.close()
  await parts.auditWatch.close()
  await Promise.all(parts.workers.map((worker) => worker.close()))
}
