import type { HealthCheck, Severity } from '@merlon/core'

/** A health check, and how much its failure puts in doubt. */
export interface RatedCheck extends HealthCheck {
  readonly epsilon: number | undefined
  readonly severity: Severity
}

/** A check of an attack, or with `none` of the model and the data; it holds up to its threshold. */
export function rate(
  attack: string,
  epsilon: number | undefined,
  check: Omit<RatedCheck, 'attack' | 'epsilon' | 'isHealthy'>,
): RatedCheck {
  return { attack, epsilon, ...check, isHealthy: check.value <= check.threshold }
}
