import { z } from 'zod'
import {
  AssessmentChoices,
  AssessmentDetail,
  AssessmentRequest,
  AssessmentSummary,
} from './assessments.ts'
import { AuditProof, AuditQuery, AuditRecords, AuditStatus, AuditVerification } from './audit.ts'
import {
  ApiKey,
  ApiKeyCreated,
  ApiKeyRequest,
  Decision,
  DecisionQuery,
  Decisions,
  GatewayStatus,
} from './gateway.ts'
import { ModelDetail, ModelSummary } from './models.ts'
import { Overview } from './overview.ts'
import type { Route } from './route.ts'
import { Login, Session } from './session.ts'
import { Done } from './words.ts'

/** The whole control API. Server, client, OpenAPI, docs and tests are derived from this value. */
export const routes = {
  'GET /api/v1/health': {
    summary: 'Is the control plane up?',
    access: 'public',
    reply: z.object({ status: z.literal('ok'), version: z.string() }),
  },
  'GET /api/v1/openapi.json': {
    summary: 'This API as an OpenAPI 3.1 document',
    access: 'public',
    reply: z.record(z.string(), z.unknown()),
  },
  'POST /api/v1/session': {
    summary: 'Log in with a one-time token',
    access: 'public',
    body: Login,
    reply: Session,
  },
  'GET /api/v1/session': { summary: 'Who am I?', access: 'session', reply: Session },
  'DELETE /api/v1/session': { summary: 'Log out', access: 'session', reply: Done },
  'GET /api/v1/overview': {
    summary: 'Am I safe now, what changed, what must a human do?',
    access: 'session',
    reply: Overview,
  },
  'GET /api/v1/models': {
    summary: 'The registered models',
    access: 'session',
    reply: z.object({ models: z.array(ModelSummary) }),
  },
  'GET /api/v1/models/:name': {
    summary: 'One model, with its signature and its life',
    access: 'session',
    reply: ModelDetail,
  },
  'GET /api/v1/assessments': {
    summary: 'Assessments, newest first',
    access: 'session',
    query: z.object({ model: z.string().max(100).optional() }),
    reply: z.object({ assessments: z.array(AssessmentSummary) }),
  },
  'POST /api/v1/assessments': {
    summary: 'Queue an assessment; any worker may do it',
    access: 'session',
    body: AssessmentRequest,
    reply: AssessmentSummary,
  },
  'GET /api/v1/assessments/choices': {
    summary: 'The models, data sets and attacks that an assessment can be made of',
    access: 'session',
    reply: AssessmentChoices,
  },
  'POST /api/v1/assessments/:id/cancel': {
    summary: 'Stop an assessment; what is done of it is kept',
    access: 'session',
    reply: AssessmentSummary,
  },
  'POST /api/v1/assessments/:id/retry': {
    summary: 'Queue an assessment again that failed or was cancelled, from where it stopped',
    access: 'session',
    reply: AssessmentSummary,
  },
  'GET /api/v1/assessments/:id': {
    summary: 'One assessment, with its findings, figures and pictures',
    access: 'session',
    reply: AssessmentDetail,
  },
  'GET /api/v1/assessments/:id/report': {
    summary: 'The self-contained HTML report',
    access: 'session',
    reply: z.string(),
    media: 'text/html',
  },
  'GET /api/v1/gateway': {
    summary: 'The routes, their limits and what was decided',
    access: 'session',
    reply: GatewayStatus,
  },
  'GET /api/v1/decisions': {
    summary: 'Decisions, newest first',
    access: 'session',
    query: DecisionQuery,
    reply: Decisions,
  },
  'GET /api/v1/decisions/live': {
    summary: 'Decisions as they happen, as server-sent events',
    access: 'session',
    reply: Decision,
    media: 'text/event-stream',
  },
  'GET /api/v1/keys': {
    summary: 'API keys, without the keys themselves',
    access: 'session',
    reply: z.object({ keys: z.array(ApiKey) }),
  },
  'POST /api/v1/keys': {
    summary: 'Create an API key; the answer shows it once',
    access: 'session',
    body: ApiKeyRequest,
    reply: ApiKeyCreated,
  },
  'DELETE /api/v1/keys/:id': {
    summary: 'Revoke an API key at once',
    access: 'session',
    reply: ApiKey,
  },
  'GET /api/v1/audit': {
    summary: 'The log: its size, root and signed checkpoint',
    access: 'session',
    reply: AuditStatus,
  },
  'GET /api/v1/audit/records': {
    summary: 'Records, newest first',
    access: 'session',
    query: AuditQuery,
    reply: AuditRecords,
  },
  'GET /api/v1/audit/records/:index': {
    summary: 'One record with its inclusion proof',
    access: 'session',
    reply: AuditProof,
  },
  'POST /api/v1/audit/verification': {
    summary: 'Verify the whole log now',
    access: 'session',
    reply: AuditVerification,
  },
} as const satisfies Record<`${'GET' | 'POST' | 'DELETE'} /api/v1/${string}`, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
type With<K extends RouteName, Part extends string> =
  Routes[K] extends Record<Part, infer S>
    ? S extends z.ZodType
      ? z.input<S>
      : undefined
    : undefined
export type Body<K extends RouteName> = With<K, 'body'>
export type Query<K extends RouteName> = With<K, 'query'>
export type Reply<K extends RouteName> = z.output<Routes[K]['reply']>
