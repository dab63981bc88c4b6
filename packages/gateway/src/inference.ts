import { sha256Hex } from '@merlon/crypto'
import { type Answer, passed } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { applyFilters, type Filter, type FilterContext, type Filtered } from './filter.ts'
import { finiteInputs, finiteOutputs } from './finite-tensors.ts'
import { GatewayError } from './gateway-error.ts'
import type { GatewayLimits } from './limits.ts'
import { parseJson } from './parse-json.ts'
import type { Backend, InferReply, InferRequest, KeyEntry, RoutePolicy } from './ports.ts'
import { readBody, refuseDeclaredLength } from './read-body.ts'
import { type ReadRequest, readInferRequest } from './read-infer-request.ts'
import { untilAborted } from './until-aborted.ts'
import { backendFailed, outputsOf, writeInferReply } from './write-infer-reply.ts'

/** What looks at requests and replies besides the built-in checks, in order. */
export interface GatewayFilters {
  readonly request?: readonly Filter<InferRequest>[]
  readonly reply?: readonly Filter<InferReply>[]
}

/** A request that may be inferred: key, route and rate have been judged. */
export interface Admitted {
  readonly exchange: Exchange
  readonly key: KeyEntry
  readonly route: RoutePolicy
  /** The model's name in the URL. */
  readonly servedName: string
  readonly backend: Backend
}

/** `POST .../infer`: body, tensors, filters, model, filters, answer. Counts what runs at once. */
export class Inference {
  #running = 0
  readonly #limits: GatewayLimits
  readonly #requestFilters: readonly Filter<InferRequest>[]
  readonly #replyFilters: readonly Filter<InferReply>[]

  constructor(limits: GatewayLimits, filters: GatewayFilters) {
    this.#limits = limits
    this.#requestFilters = [finiteInputs, ...(filters.request ?? [])]
    this.#replyFilters = [...(filters.reply ?? []), finiteOutputs]
  }

  /** @throws GatewayError for every refusal */
  async answer(admitted: Admitted): Promise<Answer> {
    refuseMedia(admitted.exchange)
    refuseNotReady(admitted.backend)
    const release = this.#enter()
    // A backend that does not stop on its signal keeps its place, so that such work cannot pile up.
    const work: Promise<unknown>[] = []
    let deadline: NodeJS.Timeout | undefined
    try {
      const body = await this.#receive(admitted)
      deadline = setTimeout(
        () => admitted.exchange.stop.abort(late(this.#limits)),
        this.#limits.inferMs,
      )
      return await this.#infer(admitted, this.#read(body, admitted.backend), work)
    } finally {
      clearTimeout(deadline)
      Promise.allSettled(work).then(release)
    }
  }

  async #receive({ exchange, route }: Admitted): Promise<Buffer> {
    const { request, response, stop } = exchange
    const bytesMax = Math.min(route.bodyBytesMax, this.#limits.bodyBytesMax)
    refuseDeclaredLength(request, bytesMax)
    // Only now does a client that asked first get told to send.
    if (request.headers.expect !== undefined) response.writeContinue()
    const deadlineMs = this.#limits.bodyMs
    const body = await readBody(request, { bytesMax, deadlineMs, signal: stop.signal })
    exchange.requestBytes = body.length
    exchange.requestSha256 = sha256Hex(body)
    return body
  }

  #read(body: Buffer, backend: Backend): ReadRequest {
    const { value, bareToken } = parseJson(body, this.#limits.jsonDepthMax)
    const read = readInferRequest(value, backend.signature, this.#limits)
    if (bareToken === undefined) return read
    // It stood where nobody looks, such as in `parameters`; the body is no JSON all the same.
    throw new GatewayError('BODY_NOT_JSON', `the body is not JSON: it holds a bare ${bareToken}`)
  }

  async #infer(
    admitted: Admitted,
    { id, request }: ReadRequest,
    work: Promise<unknown>[],
  ): Promise<Answer> {
    const { exchange, backend, servedName } = admitted
    const context = contextOf(admitted)
    const checked = await applyFilters('request', this.#requestFilters, request, context)
    const running = start(backend, checked.subject, context.signal)
    work.push(running)
    const reply = await untilAborted(running, context.signal)
    outputsOf(reply, backend.signature, request.outputs)
    const released = await applyFilters('reply', this.#replyFilters, reply, context)
    const outputs = outputsOf(released.subject, backend.signature, request.outputs)
    const names = { model: servedName, version: backend.version, id: id ?? exchange.id }
    return passed(writeInferReply(names, released.subject, outputs), together(checked, released))
  }

  #enter(): () => void {
    const { concurrentInferencesMax } = this.#limits
    if (this.#running >= concurrentInferencesMax) {
      throw new GatewayError(
        'OVERLOADED',
        `${concurrentInferencesMax} inferences are running, the most that this gateway takes at once`,
        { headers: { 'retry-after': '1' } },
      )
    }
    this.#running++
    return () => {
      this.#running--
    }
  }
}

async function start(
  backend: Backend,
  request: InferRequest,
  signal: AbortSignal,
): Promise<InferReply> {
  try {
    return await backend.infer(request, signal)
  } catch (cause) {
    throw backendFailed(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function contextOf({ exchange, key, route, backend, servedName }: Admitted): FilterContext {
  return {
    requestId: exchange.id,
    keyId: key.id,
    route: route.route,
    model: servedName,
    signature: backend.signature,
    signal: exchange.stop.signal,
  }
}

/** The verdict of both sides: the stronger one, with what was said. */
function together(
  checked: Filtered<InferRequest>,
  released: Filtered<InferReply>,
): Pick<Answer, 'verdict' | 'reason'> {
  const kinds = [checked.kind, released.kind]
  const verdict = (['review', 'rewrite'] as const).find((kind) => kinds.includes(kind)) ?? 'pass'
  const reasons = [...checked.reasons, ...released.reasons]
  return { verdict, reason: reasons.length === 0 ? 'allowed' : reasons.join('; ') }
}

function refuseNotReady({ ready }: Backend): void {
  if (!ready) throw notReady()
}

/** The model is known but cannot be asked now. */
export function notReady(): GatewayError {
  return new GatewayError('BACKEND_NOT_READY', 'the model is not ready; try again later', {
    headers: { 'retry-after': '5' },
  })
}

function refuseMedia({ request }: Exchange): void {
  const coding = request.headers['content-encoding']
  if (coding !== undefined && coding !== 'identity') {
    // Nothing is unpacked, so nothing can be a bomb.
    throw new GatewayError('MEDIA_UNSUPPORTED', 'the body is compressed; send plain JSON')
  }
  if (request.headers['inference-header-content-length'] !== undefined) {
    throw new GatewayError(
      'MEDIA_UNSUPPORTED',
      'the body uses the binary tensor extension; send the tensors as JSON',
    )
  }
}

function late({ inferMs }: GatewayLimits): GatewayError {
  return new GatewayError('DEADLINE_EXCEEDED', `there was no answer after ${inferMs} ms`)
}
