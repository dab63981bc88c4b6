import { seededRandom } from '@merlon/core'
import { Secret } from '@merlon/crypto'
import { EndpointConfig, type EndpointModel, openEndpoint } from '@merlon/model'
import type { Endpoint } from './config/config.ts'
import { type Environment, resolveSecret } from './config/secret.ts'

export interface ConfiguredEndpointOptions {
  readonly env: Environment
  /** The variable that holds a key, sent as a bearer token in place of a declared Authorization. */
  readonly apiKeyEnv?: string | undefined
  /** The folder that paths of secrets are relative to. */
  readonly base: string
  /** Where answers are kept until the run is done. */
  readonly journal?: string
  readonly signal?: AbortSignal
}

/**
 * Opens an endpoint of merlon.yaml; its secrets are read now and revealed for each request only.
 * @throws ServerError SECRET_MISSING; EngineError as `openEndpoint`
 */
export async function openConfiguredEndpoint(
  { headers = {}, ...entry }: Endpoint,
  { env, apiKeyEnv, base, ...options }: ConfiguredEndpointOptions,
): Promise<EndpointModel> {
  const secrets: [name: string, value: Secret][] = []
  for (const [name, value] of Object.entries(headers)) {
    secrets.push([name.toLowerCase(), new Secret(await resolveSecret(value, env, base))])
  }
  if (apiKeyEnv !== undefined) {
    const key = await resolveSecret({ env: apiKeyEnv }, env, base)
    secrets.push(['authorization', new Secret(`Bearer ${key}`)])
  }
  return openEndpoint(EndpointConfig.parse(entry), {
    ...options,
    headers: () => Object.fromEntries(secrets.map(([name, secret]) => [name, secret.reveal()])),
    clock: Date.now,
    // Pauses between repeated requests are no part of a result.
    random: seededRandom(Date.now()),
  })
}
