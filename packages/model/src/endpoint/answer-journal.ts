import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '@merlon/core'
import { EngineError, fileReason, quoted } from '../errors.ts'
import { limits } from '../limits.ts'
import type { RemoteAnswer } from './protocol.ts'

/**
 * Answers by the digest of their request, on disk as they come, so that a run that crashed does not ask for them again. Each is
 * given out once: a request that the same run repeats is asked again, as it was the first time.
 */
export class AnswerJournal {
  readonly #path: string
  readonly #file: FileHandle
  readonly #known: Map<string, RemoteAnswer[]>
  #bytes: number
  #writes: Promise<unknown> = Promise.resolve()

  private constructor(
    path: string,
    file: FileHandle,
    known: Map<string, RemoteAnswer[]>,
    bytes: number,
  ) {
    this.#path = path
    this.#file = file
    this.#known = known
    this.#bytes = bytes
  }

  /**
   * Opens the journal at a path; what is older than a day is begun anew, because the model may be another by now.
   * @throws EngineError JOURNAL_UNUSABLE
   */
  static async open(path: string, clock: Clock): Promise<AnswerJournal> {
    try {
      await mkdir(dirname(path), { recursive: true })
      const status = await stat(path).catch(() => undefined)
      const isStale = status !== undefined && clock() - status.mtimeMs > limits.journalAgeMsMax
      if (isStale) await rm(path)
      const text =
        status === undefined || isStale || status.size > limits.journalBytesMax
          ? ''
          : await readFile(path, 'utf8')
      const { known, length } = answersIn(text)
      // Only its owner: answers about private samples stand in it.
      const file = await open(path, 'a', 0o600)
      // What a crash tore in two is cut off, so that the next line is whole.
      await file.truncate(length)
      return new AnswerJournal(path, file, known, length)
    } catch (cause) {
      throw unusable(path, cause)
    }
  }

  /** How many answers an earlier run left. */
  get left(): number {
    let count = 0
    for (const answers of this.#known.values()) count += answers.length
    return count
  }

  /** The answer that an earlier run got, once. */
  take(digest: string): RemoteAnswer | undefined {
    const answers = this.#known.get(digest)
    const answer = answers?.shift()
    if (answers?.length === 0) this.#known.delete(digest)
    return answer
  }

  /** Appends an answer. @throws EngineError JOURNAL_UNUSABLE if the disk does not take it, or it is full */
  async keep(digest: string, { kind, data }: RemoteAnswer): Promise<void> {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const line = `${JSON.stringify({ digest, kind, data: bytes.toString('base64') })}\n`
    this.#bytes += line.length
    if (this.#bytes > limits.journalBytesMax) {
      throw unusable(this.#path, new Error(`it is larger than ${limits.journalBytesMax} bytes`))
    }
    const write = this.#writes.then(() => this.#file.appendFile(line))
    this.#writes = write.catch(() => undefined)
    await write.catch((cause: unknown) => {
      throw unusable(this.#path, cause)
    })
  }

  /** Closes the file, and removes it when the run is done: its answers are for that run alone. */
  async close(isDone: boolean): Promise<void> {
    await this.#writes
    await this.#file.close()
    if (isDone) await rm(this.#path, { force: true })
  }
}

/** The answers of the lines that are whole, and where the last of them ends. */
function answersIn(text: string): { known: Map<string, RemoteAnswer[]>; length: number } {
  const known = new Map<string, RemoteAnswer[]>()
  let length = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', length)) {
    const entry = entryOf(text.slice(length, end))
    if (entry === undefined) break
    const [digest, answer] = entry
    known.set(digest, [...(known.get(digest) ?? []), answer])
    length = end + 1
  }
  return { known, length }
}

const line =
  /^\{"digest":"([0-9a-f]{64})","kind":"(scores|labels)","data":"([A-Za-z0-9+/]*={0,2})"\}$/

function entryOf(text: string): readonly [string, RemoteAnswer] | undefined {
  const [, digest, kind, base64] = line.exec(text) ?? []
  if (digest === undefined || base64 === undefined) return undefined
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  if (bytes.length % 4 !== 0) return undefined
  const answer: RemoteAnswer =
    kind === 'scores'
      ? { kind: 'scores', data: new Float32Array(bytes.buffer) }
      : { kind: 'labels', data: new Int32Array(bytes.buffer) }
  return [digest, answer]
}

function unusable(path: string, cause: unknown): EngineError {
  return new EngineError(
    'JOURNAL_UNUSABLE',
    `the journal of answers ${quoted(path)} cannot be used: ${fileReason(cause)}; check its folder, or remove it`,
    { cause },
  )
}
