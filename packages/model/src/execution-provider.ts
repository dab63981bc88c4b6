import { env, InferenceSession, listSupportedBackends } from 'onnxruntime-node'
import { buildMlp } from './build-mlp.ts'
import { causeText, EngineError } from './errors.ts'

/** Where the runtime may compute. */
export const executionProviders = ['cpu', 'cuda', 'coreml', 'dml'] as const
export type ExecutionProvider = (typeof executionProviders)[number]

/** A provider, and why it cannot be used here; `undefined` where it can. */
export interface ProviderState {
  readonly provider: ExecutionProvider
  readonly obstacle: string | undefined
}

/** Tries each provider for real, on a network of a few numbers. */
export function providerStates(): Promise<readonly ProviderState[]> {
  return Promise.all(
    executionProviders.map(async (provider) => ({
      provider,
      obstacle: await obstacleTo(provider),
    })),
  )
}

/** Before the first session: what a provider prints while it looks for its libraries would stand between our lines. */
export function silenceRuntime(): void {
  env.logLevel = 'fatal'
}

/** Why a provider cannot be used here; `undefined` if it can. */
export async function obstacleTo(provider: ExecutionProvider): Promise<string | undefined> {
  silenceRuntime()
  const known = listSupportedBackends().map(({ name }) => name)
  if (!known.includes(provider)) {
    return `this build of onnxruntime-node for ${process.platform} has none of that name`
  }
  try {
    const bytes = buildMlp({ inputShape: [1], classes: 2, hidden: [], seed: 0 })
    const session = await InferenceSession.create(bytes, {
      executionProviders: [provider],
      logSeverityLevel: 4,
    })
    await session.release()
    return undefined
  } catch (cause) {
    return causeText(cause)
  }
}

/** What was asked for is not here: another provider would answer a question that nobody asked. */
export function providerUnavailable(provider: ExecutionProvider, obstacle: string): EngineError {
  return new EngineError(
    'PROVIDER_UNAVAILABLE',
    `the execution provider '${provider}' cannot be used here: ${obstacle}; install what it needs (merlon explain PROVIDER_UNAVAILABLE), or leave the option out to compute on the CPU`,
  )
}
