/** The data plane: who may ask what of a model, how often, and what may leave. */
export { GatewayConfig, RouteConfig, routePolicies } from './config.ts'
export { configureServer, serverOptions } from './configure-server.ts'
export { gatewayErrorPages } from './error-pages.ts'
export type { Filter, FilterContext } from './filter.ts'
export { createGateway, type Gateway, type GatewayCounts, type GatewayOptions } from './gateway.ts'
export { type GatewayCode, GatewayError, type RefusalCode } from './gateway-error.ts'
export type { GatewayFilters } from './inference.ts'
export { type GatewayLimits, limits as gatewayLimits } from './limits.ts'
export type {
  Backend,
  BackendSignature,
  Decision,
  DecisionLog,
  DecisionReceipt,
  DecisionRecord,
  InferReply,
  InferRequest,
  KeyEntry,
  PolicySnapshot,
  RoutePolicy,
  TensorData,
  TensorInfo,
  TypedTensor,
} from './ports.ts'
