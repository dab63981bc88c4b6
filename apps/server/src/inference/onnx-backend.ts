import { version } from '@merlon/core'
import type { Backend, InferReply, InferRequest } from '@merlon/gateway'
import type { NamedTensor } from '@merlon/model'
import type { Feeds, ModelWorker } from './model-worker.ts'

/** A model's thread as the gateway's port. */
export function onnxBackend(worker: ModelWorker): Backend {
  return {
    platform: 'onnxruntime_onnx',
    version,
    get signature() {
      return worker.opened.signature
    },
    get ready() {
      return worker.isReady
    },
    async infer({ inputs, outputs }: InferRequest, signal: AbortSignal): Promise<InferReply> {
      // The gateway has checked names, types and shapes; its tensors are the engine's by structure.
      const answered = await worker.run(inputs as Feeds, signal)
      return { outputs: pick(answered, outputs) }
    },
  }
}

function pick(answered: Feeds, names: readonly string[] | undefined): InferReply['outputs'] {
  const all = answered as InferReply['outputs']
  if (names === undefined) return all
  const chosen: Record<string, NamedTensor> = {}
  for (const name of names) {
    const tensor = answered[name]
    if (tensor !== undefined) chosen[name] = tensor
  }
  return chosen as InferReply['outputs']
}
