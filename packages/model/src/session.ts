import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node'
import { causeText, EngineError } from './errors.ts'
import {
  type ExecutionProvider,
  obstacleTo,
  providerUnavailable,
  silenceRuntime,
} from './execution-provider.ts'
import { limits } from './limits.ts'
import type { RuntimeFile } from './runtime-file.ts'

/** The numbers of a tensor; float16 as its 16 bits, bool as one byte each. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[]

/** A tensor of any element type that models take or give. */
export interface NamedTensor {
  readonly type: string
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** What kind of array holds each element type that can be fed; strings are a plain list. */
export const dataClasses = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const

/** How the runtime runs a model. */
export interface RuntimeOptions {
  /** How messages call the model; the file's name if it comes from a file. */
  readonly name?: string
  /** Threads of the runtime; all cores if not stated. */
  readonly threads?: number
  /**
   * Where the runtime computes, the CPU if not stated. A provider that is not here is refused (PROVIDER_UNAVAILABLE); operators that
   * it does not have run on the CPU, as the runtime decides.
   */
  readonly executionProvider?: ExecutionProvider
}

export interface SessionOptions {
  /** For error messages. */
  readonly name: string
  /** All cores if not stated. */
  readonly threads?: number | undefined
  /** The CPU if not stated. */
  readonly executionProvider?: ExecutionProvider | undefined
  readonly optimization?: 'all' | 'disabled'
}

/** The options of a session from those of the one who asked. */
export function sessionOptions(
  name: string,
  { threads, executionProvider }: RuntimeOptions,
): SessionOptions {
  return { name, threads, executionProvider }
}

/** A graph loaded into the runtime. Runs one at a time; `close` frees it. */
export class Session {
  readonly #session: InferenceSession
  readonly #name: string
  /** What a run gives if it is not asked for anything in particular; all outputs if `undefined`. */
  readonly #fetches: readonly string[] | undefined
  #isClosed = false

  private constructor(session: InferenceSession, name: string, fetches?: readonly string[]) {
    this.#session = session
    this.#name = name
    this.#fetches = fetches
  }

  /** @throws EngineError MODEL_REFUSED if the runtime does not take the graph, PROVIDER_UNAVAILABLE */
  static async open(file: Uint8Array | RuntimeFile, options: SessionOptions): Promise<Session> {
    const { name, threads, executionProvider = 'cpu' } = options
    const { bytes, externalData } =
      file instanceof Uint8Array ? { bytes: file, externalData: [] } : file
    const fetches = file instanceof Uint8Array ? undefined : file.fetches
    // Where every value is an output nothing can be fused, and looking for it takes longer than the rest.
    const { optimization = fetches === undefined ? 'all' : 'disabled' } = options
    silenceRuntime()
    try {
      const session = await InferenceSession.create(bytes, {
        executionProviders: [executionProvider],
        ...(externalData.length === 0 ? {} : { externalData }),
        graphOptimizationLevel: optimization,
        // The runtime's own lines would stand between ours: its errors come back as exceptions.
        logSeverityLevel: 4,
        ...(threads === undefined
          ? {}
          : { intraOpNumThreads: Math.min(threads, limits.threadsMax) }),
        interOpNumThreads: 1,
        executionMode: 'sequential',
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      })
      return new Session(session, name, fetches)
    } catch (cause) {
      // The runtime fuses operators into some that it has for no other type than float32.
      if (optimization === 'all' && causeText(cause).includes('Failed to find kernel')) {
        return Session.open(file, { ...options, optimization: 'disabled' })
      }
      const obstacle = executionProvider === 'cpu' ? undefined : await obstacleTo(executionProvider)
      if (obstacle !== undefined) throw providerUnavailable(executionProvider, obstacle)
      throw new EngineError(
        'MODEL_REFUSED',
        `the runtime refuses ${name}: ${causeText(cause)}; check the model with the tool that exported it`,
        { cause },
      )
    }
  }

  /** @throws EngineError RUN_FAILED, MODEL_CLOSED */
  async run(
    feeds: Readonly<Record<string, NamedTensor>>,
    fetches: readonly string[] | undefined = this.#fetches,
  ): Promise<Record<string, NamedTensor>> {
    if (this.#isClosed)
      throw new EngineError('MODEL_CLOSED', `${this.#name} is closed; open it again`)
    const named: Record<string, RuntimeTensor> = {}
    for (const [name, feed] of Object.entries(feeds)) named[name] = runtimeTensor(feed)
    try {
      const results =
        fetches === undefined
          ? await this.#session.run(named)
          : await this.#session.run(named, fetches)
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => [name, plainTensor(value)]),
      )
    } catch (cause) {
      throw new EngineError('RUN_FAILED', `${this.#name} failed: ${causeText(cause)}`, { cause })
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#session.release()
  }
}

function runtimeTensor({ type, shape, data }: NamedTensor): RuntimeTensor {
  // The type was checked against the model's signature; the runtime checks data against it once more.
  const kind = type as 'float32'
  return new RuntimeTensor(kind, data as Float32Array, shape)
}

function plainTensor(value: RuntimeTensor): NamedTensor {
  // The runtime's list of arrays is ours, except that it has clamped bytes, which it never makes.
  return { type: value.type, shape: value.dims, data: value.data as TensorData }
}
