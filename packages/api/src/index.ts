/** The control API as data: one table of routes and schemas, and the client derived from it. */
export {
  AssessmentChoices,
  AssessmentDetail,
  AssessmentJob,
  AssessmentRequest,
  AssessmentSummary,
  Curve,
  Estimate,
  Finding,
} from './assessments.ts'
export {
  AuditProof,
  AuditQuery,
  AuditRecord,
  AuditRecords,
  AuditStatus,
  AuditVerification,
} from './audit.ts'
export { ApiError, apiClient, type CallOptions, type Fetch, pathOf } from './client.ts'
export {
  ApiKey,
  ApiKeyCreated,
  ApiKeyRequest,
  Decision,
  DecisionQuery,
  Decisions,
  GatewayStatus,
  RouteSummary,
} from './gateway.ts'
export { ModelDetail, ModelSummary, TensorInfo } from './models.ts'
export { type OpenApiDocument, openApiDocument, splitRouteName } from './openapi.ts'
export { Overview } from './overview.ts'
export type { Route } from './route.ts'
export { type Body, type Query, type Reply, type RouteName, type Routes, routes } from './routes.ts'
export { Login, Session } from './session.ts'
export { Problem, RunVerdict, Severity } from './words.ts'
