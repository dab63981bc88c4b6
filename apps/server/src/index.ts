/** Wires the stages together: configuration, state, gateway, control API, console, workers, the demo. */
export { closest } from './config/closest.ts'
export { type Columns, constraintsOf } from './config/columns.ts'
export type { Endpoint } from './config/config.ts'
export { Config, configJsonSchema } from './config/config.ts'
export type { ConfigProblem } from './config/config-problem.ts'
export { ConfigError, readColumns, readConfig } from './config/read-config.ts'
export type { Environment } from './config/secret.ts'
export { type Flags, resolveSettings, type SettingRow, type Settings } from './config/settings.ts'
export { type DemoOptions, type RunningDemo, runDemo } from './demo/run-demo.ts'
export { writeSampleProject } from './demo/sample-project.ts'
export { type ServerCheck, serverChecks } from './doctor.ts'
export { serverErrorPages } from './error-pages.ts'
export { freshLogin } from './fresh-login.ts'
export { assessInWorker } from './jobs/assess-in-worker.ts'
export type { AssessJob } from './jobs/assess-job.ts'
export { limits as serverLimits } from './limits.ts'
export type { ConfiguredEndpointOptions } from './open-configured-endpoint.ts'
export { openRemoteModel, type RemoteModel } from './open-remote-model.ts'
export { type JobWorker, type StartWorkerOptions, startWorker } from './queue/start-worker.ts'
export { type RunningServer, type ServerOptions, startServer } from './server.ts'
export { ServerError, type ServerErrorCode } from './server-error.ts'
export type { ServerEvent, Tell } from './server-event.ts'
export {
  type CreatedKey,
  createKey,
  findKey,
  listKeys,
  type RevokedKey,
  revokeKey,
} from './state/api-keys.ts'
export { listModels } from './state/list-models.ts'
export {
  type AssessedModel,
  type RecordedAssessment,
  recordAssessment,
} from './state/record-assessment.ts'
export {
  type AuditPlace,
  auditPlace,
  openState,
  type State,
  type StateOptions,
} from './state/state.ts'
