import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  EndpointConfig,
  EngineError,
  type GradientAccess,
  isPlain,
  type LabelAccess,
  openModel,
  type Preprocessing,
  type ScoreAccess,
} from '@merlon/model'
import { type Endpoint, openRemoteModel, type Settings } from '@merlon/server'
import { CliError } from './cli-error.ts'
import type { Invocation } from './command.ts'
import { executionProviderOf, resolveModel } from './named-inputs.ts'
import { settingsOf } from './settings.ts'

/** A model to attack: a file, or what answers at an address. */
export interface AttackedModel {
  /** Its methods say what an adversary may ask of it. */
  readonly model: LabelAccess | ScoreAccess | GradientAccess
  /** The file, or the address without its query. */
  readonly path: string
  /** Lower-case hex: of the file, or of how an endpoint is declared. */
  readonly sha256: string
  /** Its name in merlon.yaml, where it is a file of this installation. */
  readonly name: string | undefined
  /** What happens to samples first; {} for nothing. */
  readonly preprocessing: Preprocessing
  /** Frees it. `isDone` says that nothing is left to resume. */
  close(isDone: boolean): Promise<void>
}

/**
 * Opens what the MODEL operand names: an address, a file, a model or an endpoint of merlon.yaml.
 * @throws EngineError as `openModel` and `openEndpoint`; ServerError SECRET_MISSING; CliError USAGE
 */
export async function openAttacked(
  invocation: Invocation,
  word: string,
  { straightThrough }: { readonly straightThrough: boolean },
): Promise<AttackedModel> {
  const { ui, options, world } = invocation
  if (!existsSync(resolve(world.cwd, word))) {
    const settings = await settingsOf(invocation)
    const endpoint = endpointOf(invocation, word, settings)
    if (endpoint !== undefined) return openRemote(invocation, endpoint, settings)
  }
  for (const option of ['protocol', 'apiKeyEnv']) {
    if (options.text(option) === undefined) continue
    const message = `--protocol and --api-key-env are for endpoints, and ${JSON.stringify(word)} is none`
    throw new CliError('USAGE', message)
  }
  const { path, name, preprocessing } = await resolveModel(invocation, word)
  const model = await openModel(path, {
    preprocessing,
    straightThrough,
    ...executionProviderOf(invocation),
  })
  ui.detail(`${path}: sha256 ${model.sha256}`)
  if (!isPlain(model.preprocessing)) {
    ui.detail(`samples are prepared: ${JSON.stringify(model.preprocessing)}`)
  }
  return {
    model,
    path,
    sha256: model.sha256,
    name,
    preprocessing: model.preprocessing,
    close: () => model.close(),
  }
}

/** What an adversary of a file or an endpoint lacks is said with the way on. */
export function gradientsOf({ model, path }: AttackedModel): GradientAccess {
  if ('lossGradient' in model) return model
  const given = 'scores' in model ? 'scores' : 'labels'
  throw new EngineError(
    'NO_GRADIENT_PATH',
    `${path} answers ${given} and no gradients; use an attack that asks for ${given}`,
  )
}

/** The entry that a word means, with what the flags say; undefined for files and models. */
function endpointOf(
  { options }: Invocation,
  word: string,
  { config }: Settings,
): Endpoint | undefined {
  const named = Object.hasOwn(config.endpoints, word) ? config.endpoints[word] : undefined
  const isAddress = /^https?:\/\//i.test(word)
  if (named === undefined && !isAddress) return undefined
  const protocol = options.text('protocol')
  const asked = named ?? parsedAddress(word)
  return { ...asked, ...(protocol === 'oip' || protocol === 'json' ? { protocol } : {}) }
}

function parsedAddress(url: string): Endpoint {
  const parsed = EndpointConfig.safeParse({ url })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new EngineError('ENDPOINT_INVALID', `the address: ${issue?.message ?? 'not understood'}`)
}

async function openRemote(
  invocation: Invocation,
  endpoint: Endpoint,
  settings: Settings,
): Promise<AttackedModel> {
  const { world, task, ui, options } = invocation
  const base = settings.configPath === undefined ? world.cwd : dirname(settings.configPath)
  const remote = await openRemoteModel(endpoint, {
    env: world.env,
    apiKeyEnv: options.text('apiKeyEnv'),
    base,
    journal: join(settings.stateDir, 'journals', `${runDigest(invocation, endpoint)}.jsonl`),
    signal: task.signal,
  })
  return {
    ...remote,
    name: undefined,
    async close(isDone) {
      const { samples, requests, retries, resumed } = remote.usage()
      ui.say(
        `asked for ${samples} samples in ${requests} requests, ${retries} of them repeated${resumed === 0 ? '' : `; ${resumed} answers were left by a run that was cut short`}`,
      )
      await remote.close(isDone)
    },
  }
}

/** Options that change what is shown, not what is asked. */
const decidesNothing: ReadonlySet<string> = new Set(
  'resume checkpoint json quiet verbose color html sarif junit markdown keep failOn baseline'.split(
    ' ',
  ),
)

/** The same command on the same endpoint goes on where it was cut short; another one begins. */
function runDigest({ operands, options }: Invocation, { url }: Endpoint): string {
  const deciding = Object.entries(options.all()).filter(([name]) => !decidesNothing.has(name))
  const words = [...operands, url, JSON.stringify(deciding)]
  return createHash('sha256').update(words.join('\n')).digest('hex')
}
