import { CodedError } from '@merlon/core'
import { type OnnxModel, openModel } from '@merlon/model'
import { liveWithParent } from './child-process.ts'
import type { Feeds, InferenceMessage, InferenceOrder, ServedFile } from './inference/messages.ts'
import { ServerError } from './server-error.ts'

// The entry of an inference process: one model, one question at a time, away from the proxy's loop.
const say = (message: InferenceMessage) => process.send?.(message)

function problem(cause: unknown): { readonly code: string; readonly message: string } {
  if (cause instanceof CodedError) return { code: cause.code, message: cause.message }
  return { code: 'MODEL_FAILED', message: cause instanceof Error ? cause.message : String(cause) }
}

async function open({ path, name, sha256 }: ServedFile): Promise<OnnxModel> {
  const model = await openModel(path, { name, threads: 1, preprocessing: {} })
  if (sha256 !== undefined && model.sha256 !== sha256) {
    const message = `${path} has changed since it was registered: restart to register it anew`
    throw new ServerError('STATE_UNUSABLE', message)
  }
  say({ kind: 'ready', signature: model.signature, sha256: model.sha256 })
  return model
}

let last: Promise<OnnxModel> | undefined

async function answer(model: OnnxModel, id: number, feeds: Feeds): Promise<OnnxModel> {
  try {
    say({ kind: 'answer', id, outputs: await model.run(feeds) })
  } catch (cause) {
    say({ kind: 'failure', id, ...problem(cause) })
  }
  return model
}

process.on('message', (order: InferenceOrder) => {
  if (order.kind === 'open') {
    last = open(order.file)
    last.catch((cause: unknown) => say({ kind: 'unusable', ...problem(cause) }))
  } else {
    const { id, feeds } = order
    last = last?.then((model) => answer(model, id, feeds))
  }
})
liveWithParent()
