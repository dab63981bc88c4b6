import { assessmentHandlers } from './assessment-handlers.ts'
import { auditHandlers } from './audit-handlers.ts'
import type { Handlers } from './control-plane.ts'
import { gatewayHandlers } from './gateway-handlers.ts'
import { modelHandlers } from './model-handlers.ts'
import { overviewHandlers } from './overview-handlers.ts'
import { sessionHandlers } from './session-handlers.ts'

/** Every route of the table and what answers it; a route without one does not compile. */
export const handlers: Handlers = {
  ...sessionHandlers,
  ...overviewHandlers,
  ...modelHandlers,
  ...assessmentHandlers,
  ...gatewayHandlers,
  ...auditHandlers,
}
