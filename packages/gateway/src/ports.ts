import type { VerdictKind } from '@merlon/core'

/** Everything a request is judged by, in memory, so that nothing is asked of a database before authentication. */
export interface PolicySnapshot {
  /** Grows with each change. */
  readonly version: number
  /** By the SHA-256 of the key, lower-case hex. */
  readonly keys: ReadonlyMap<string, KeyEntry>
  /** By the model's name in the URL. */
  readonly routes: ReadonlyMap<string, RoutePolicy>
}

export interface KeyEntry {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  /** Milliseconds since 1970; from then on the key is refused. */
  readonly expiresAt?: number | null | undefined
  /** Any time at all refuses the key, one that is still to come as well. */
  readonly revokedAt?: number | null | undefined
}

export interface RoutePolicy {
  /** As in the URL, such as `/v2/models/digits`. */
  readonly route: string
  /** The backend's name; the URL's name may differ. */
  readonly model: string
  /** A key needs one of these. */
  readonly roles: readonly string[]
  readonly requestsPerSecond: number
  readonly burst: number
  readonly bodyBytesMax: number
}

/** What a model takes and gives. `type` is ONNX's word, such as `float32`; -1 where a size is not fixed. */
export interface TensorInfo {
  readonly name: string
  readonly type: string
  readonly shape: readonly number[]
}

export interface BackendSignature {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
}

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

/** Row-major numbers of one type; `bool` is a Uint8Array of 0 and 1. */
export interface TypedTensor {
  readonly type: string
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** A request that fits the model's signature: parsed, bounded, checked. */
export interface InferRequest {
  readonly inputs: Readonly<Record<string, TypedTensor>>
  /** The outputs asked for, in this order; all of them where absent. */
  readonly outputs?: readonly string[] | undefined
}

export interface InferReply {
  readonly outputs: Readonly<Record<string, TypedTensor>>
}

/** Something that answers inferences. A rejection is answered 500 without its words. */
export interface Backend {
  readonly signature: BackendSignature
  readonly ready: boolean
  /** Such as `onnxruntime_onnx`. */
  readonly platform?: string
  readonly version?: string
  /** Its place is taken until the promise settles: a backend should stop on `signal`. */
  infer(request: InferRequest, signal: AbortSignal): Promise<InferReply>
}

/** One decision, as it is handed to the log: the fields of the control API's `Decision` without its index, and two more. */
export interface DecisionRecord {
  readonly at: number
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly route: string | null
  readonly model: string | null
  readonly keyId: string | null
  readonly keyName: string | null
  readonly verdict: VerdictKind
  readonly status: number
  readonly code: string
  /** One sentence. Hostile text may be quoted in it. */
  readonly reason: string
  readonly requestBytes: number
  readonly requestSha256: string | null
  readonly responseSha256: string | null
  readonly latencyMs: number
  /** Where the request came from, only while no key says who sent it. */
  readonly address: string | null
  /** How many answers this record stands for; 1 but for `REFUSALS_COUNTED`. */
  readonly answers: number
}

/** A decision with its place in the audit log. */
export interface Decision extends DecisionRecord {
  readonly auditIndex: number
}

export interface DecisionReceipt {
  readonly index: number
  /** In the file: survives the death of this process. */
  readonly written: Promise<void>
  /** On the disk: survives the death of this machine. */
  readonly durable: Promise<void>
}

/** Where decisions go before their answers do. */
export interface DecisionLog {
  /** False once it takes no record any more: then the gateway says that it is not ready. */
  readonly isOpen?: boolean
  append(decision: DecisionRecord): DecisionReceipt
}
