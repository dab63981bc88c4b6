import { parentPort, workerData } from 'node:worker_threads'
import { assert, CodedError } from '@merlon/core'
import { openModel } from '@merlon/model'
import type {
  InferenceMessage,
  InferenceQuestion,
  InferenceWorkerData,
} from './inference/messages.ts'
import { ServerError } from './server-error.ts'

// The entry of an inference thread: one model, one question at a time, away from the proxy's loop.
const port = parentPort
assert(port !== null, 'this file runs as a worker thread')
// The host is our own code, built together with this file.
const { path, name, sha256 } = workerData as InferenceWorkerData

function say(message: InferenceMessage, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer)
}

function problem(cause: unknown): { readonly code: string; readonly message: string } {
  if (cause instanceof CodedError) return { code: cause.code, message: cause.message }
  return { code: 'MODEL_FAILED', message: cause instanceof Error ? cause.message : String(cause) }
}

async function serve(): Promise<void> {
  const model = await openModel(path, { name, threads: 1, preprocessing: {} })
  if (sha256 !== undefined && model.sha256 !== sha256) {
    const message = `${path} has changed since it was registered: restart to register it anew`
    throw new ServerError('STATE_UNUSABLE', message)
  }
  let last: Promise<void> = Promise.resolve()
  port?.on('message', ({ id, feeds }: InferenceQuestion) => {
    last = last.then(async () => {
      try {
        say({ kind: 'answer', id, outputs: await model.run(feeds) })
      } catch (cause) {
        say({ kind: 'failure', id, ...problem(cause) })
      }
    })
  })
  say({ kind: 'ready', signature: model.signature, sha256: model.sha256 })
}

serve().catch((cause: unknown) => {
  say({ kind: 'unusable', ...problem(cause) })
  port.close()
})
