import { createHash } from 'node:crypto'
import { assert, type Clock, type Random } from '@merlon/core'
import { argmaxRows, sizeOf, type Tensor } from '@merlon/tensor'
import type { LabelAccess, ScoreAccess } from '../access.ts'
import { checkedRows, chunksOf } from '../chunks.ts'
import { AnswerJournal } from './answer-journal.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import { HttpAsker } from './http-asker.ts'
import { jsonProtocol } from './json-protocol.ts'
import { oipProtocol } from './oip-protocol.ts'
import { timerWait, type Wait } from './pace.ts'
import { parseAnswer } from './parse-answer.ts'
import type { Protocol, RemoteAnswer } from './protocol.ts'

export interface EndpointOptions {
  /** Headers of each request, their secrets read by their owner. */
  readonly headers?: () => Readonly<Record<string, string>>
  /** Where answers are kept until the run is done, so that a run that crashed can go on. */
  readonly journal?: string
  readonly clock: Clock
  /** Draws the pauses between repeated requests. */
  readonly random: Random
  readonly signal?: AbortSignal
  readonly wait?: Wait
}

/** What was spent on an endpoint. */
export interface EndpointUsage {
  /** Samples that were answered; one sample asked twice counts twice. */
  readonly samples: number
  /** Requests that were answered, the description of the model included. */
  readonly requests: number
  /** Requests that had to be repeated: answered 429 or 5xx, or not at all. */
  readonly retries: number
  /** Samples whose answer a crashed run had left. */
  readonly resumed: number
}

interface Remote {
  readonly usage: EndpointUsage
  /** Ends the connections. `isDone` forgets the journal: nothing is left to go on with. */
  close(isDone: boolean): Promise<void>
}

/** A model behind an address: it gives scores, or labels alone. Gradients it never gives. */
export type EndpointModel = (ScoreAccess & Remote) | (LabelAccess & Remote)

/**
 * Opens an endpoint; an Open Inference Protocol one is asked what it takes and gives.
 * @throws EngineError ENDPOINT_INVALID, ENDPOINT_REFUSED, ENDPOINT_BUSY, ENDPOINT_UNREACHABLE, ENDPOINT_ANSWER_INVALID,
 * JOURNAL_UNUSABLE
 */
export async function openEndpoint(
  config: EndpointConfig,
  options: EndpointOptions,
): Promise<EndpointModel> {
  const { clock, random, signal, wait = timerWait, headers = () => ({}) } = options
  const asker = new HttpAsker({ ...config, clock, random, signal, wait, headers })
  try {
    const protocol =
      config.protocol === 'oip' ? await oipProtocol(config, asker) : jsonProtocol(config)
    const journal =
      options.journal === undefined ? undefined : await AnswerJournal.open(options.journal, clock)
    const client = new EndpointClient(config.url, protocol, asker, journal)
    return protocol.kind === 'scores' ? new ScoreEndpoint(client) : new LabelEndpoint(client)
  } catch (cause) {
    await asker.close()
    throw cause
  }
}

/** Asks for batches; its two faces say what it answers. */
class EndpointClient {
  readonly protocol: Protocol
  readonly #url: string
  readonly #asker: HttpAsker
  readonly #journal: AnswerJournal | undefined
  #rowsMax: number
  #samples = 0
  #resumed = 0

  constructor(
    url: string,
    protocol: Protocol,
    asker: HttpAsker,
    journal: AnswerJournal | undefined,
  ) {
    this.protocol = protocol
    this.#rowsMax = protocol.rowsMax
    this.#url = url
    this.#asker = asker
    this.#journal = journal
  }

  get usage(): EndpointUsage {
    return { ...this.#asker.usage, samples: this.#samples, resumed: this.#resumed }
  }

  /** Each chunk's answer at its place; the asker's pace decides how many are under way. */
  async ask(batch: Tensor, offset = 0): Promise<readonly PlacedAnswer[]> {
    const chunks = [...chunksOf(batch, this.protocol.inputShape, this.#rowsMax)]
    const answers = chunks.map(({ start, batch: part }) => this.#askOne(part, offset + start))
    return (await Promise.all(answers)).flat()
  }

  async close(isDone: boolean): Promise<void> {
    await this.#asker.close()
    await this.#journal?.close(isDone)
  }

  async #askOne(part: Tensor, start: number): Promise<readonly PlacedAnswer[]> {
    const { protocol } = this
    const rows = part.shape[0] ?? 0
    const body = protocol.body(part)
    const digest = createHash('sha256').update(`${this.#url}\n${body}`).digest('hex')
    const earlier = this.#journal?.take(digest)
    const width = protocol.kind === 'scores' ? protocol.classes : 1
    if (earlier?.kind === protocol.kind && earlier.data.length === rows * width) {
      this.#resumed += rows
      return [[start, earlier]]
    }
    const bytes = await this.#asker.ask('POST', protocol.path, body)
    if (bytes === 'too large') {
      if (rows === 1) throw this.#asker.refused(413)
      // The endpoint takes fewer samples at once than it was declared to: half of them, from now on.
      this.#rowsMax = Math.min(this.#rowsMax, Math.ceil(rows / 2))
      return this.ask(part, start)
    }
    const answer = protocol.read(parseAnswer(bytes), rows)
    this.#samples += rows
    await this.#journal?.keep(digest, answer)
    return [[start, answer]]
  }
}

type PlacedAnswer = readonly [start: number, answer: RemoteAnswer]

class LabelEndpoint implements LabelAccess, Remote {
  readonly #client: EndpointClient

  constructor(client: EndpointClient) {
    this.#client = client
  }

  get inputShape(): readonly number[] {
    return this.#client.protocol.inputShape
  }

  get classes(): number {
    return this.#client.protocol.classes
  }

  get usage(): EndpointUsage {
    return this.#client.usage
  }

  async labels(batch: Tensor): Promise<Int32Array> {
    const labels = new Int32Array(checkedRows(batch, this.inputShape))
    for (const [start, { data }] of await this.#client.ask(batch)) labels.set(data, start)
    return labels
  }

  close(isDone: boolean): Promise<void> {
    return this.#client.close(isDone)
  }
}

class ScoreEndpoint implements ScoreAccess, Remote {
  readonly #client: EndpointClient

  constructor(client: EndpointClient) {
    this.#client = client
  }

  get inputShape(): readonly number[] {
    return this.#client.protocol.inputShape
  }

  get classes(): number {
    return this.#client.protocol.classes
  }

  get usage(): EndpointUsage {
    return this.#client.usage
  }

  async labels(batch: Tensor): Promise<Int32Array> {
    return argmaxRows(await this.scores(batch))
  }

  async scores(batch: Tensor): Promise<Tensor> {
    const shape = [checkedRows(batch, this.inputShape), this.classes]
    const scores = new Float32Array(sizeOf(shape))
    for (const [start, { kind, data }] of await this.#client.ask(batch)) {
      assert(kind === 'scores', 'the protocol gives scores')
      scores.set(data, start * this.classes)
    }
    return { shape, data: scores }
  }

  close(isDone: boolean): Promise<void> {
    return this.#client.close(isDone)
  }
}
