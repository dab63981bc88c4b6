import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '@merlon/core'
import {
  type EndpointUsage,
  isPlain,
  type LabelAccess,
  openPrepared,
  type Preprocessing,
  type ScoreAccess,
} from '@merlon/model'
import type { Endpoint } from './config/config.ts'
import {
  type ConfiguredEndpointOptions,
  openConfiguredEndpoint,
} from './open-configured-endpoint.ts'

/** What answers at an address, with what happens to samples before they are sent. */
export interface RemoteModel {
  readonly model: LabelAccess | ScoreAccess
  /** The address without its query, which may hold a key. */
  readonly path: string
  /** Lower-case hex: an endpoint has no bytes to digest, so this says which one it was, and how it was asked. */
  readonly sha256: string
  readonly preprocessing: Preprocessing
  /** What was spent on it until now. */
  usage(): EndpointUsage
  /** Ends the connections. `isDone` forgets the journal: nothing is left to resume. */
  close(isDone: boolean): Promise<void>
}

/**
 * Opens an endpoint of merlon.yaml as a model to attack.
 * @throws ServerError SECRET_MISSING; EngineError as `openEndpoint`
 */
export async function openRemoteModel(
  { preprocessing = {}, ...asked }: Endpoint,
  options: ConfiguredEndpointOptions,
): Promise<RemoteModel> {
  const remote = await openConfiguredEndpoint(asked, options)
  const prepared = isPlain(preprocessing) ? undefined : await openPrepared(remote, preprocessing)
  const { url, protocol, mapping } = asked
  const { inputShape, classes } = remote
  const { origin, pathname } = new URL(url)
  return {
    model: prepared?.model ?? remote,
    path: origin + pathname,
    sha256: digestOf({ url, protocol, mapping, inputShape, classes }),
    preprocessing,
    usage: () => remote.usage,
    async close(isDone) {
      await prepared?.close()
      await remote.close(isDone)
    },
  }
}

/**
 * Of everything in a declaration that may change an answer, references to secrets included and their values not. How fast
 * it is asked may change between two attempts.
 */
export function declarationDigest(endpoint: Endpoint): string {
  const { url, protocol, mapping, shape, classes, preprocessing, headers } = endpoint
  return digestOf({ url, protocol, mapping, shape, classes, preprocessing, headers })
}

/** Lower-case hex; members that are not there do not count. */
function digestOf(said: object): string {
  const json: Json = JSON.parse(JSON.stringify(said))
  return createHash('sha256').update(canonicalJson(json)).digest('hex')
}
