import { stat } from 'node:fs/promises'
import type { ModelSignature } from '@merlon/model'
import type { ModelRow } from '@merlon/store'
import type { State } from '../state/state.ts'
import { ModelWorker } from './model-worker.ts'

/** Opens a configured model in a thread and registers the very file that the thread has read. */
export async function openRegistered(
  state: State,
  name: string,
  { path, labels = [] }: { readonly path: string; readonly labels?: readonly string[] | undefined },
): Promise<{ readonly worker: ModelWorker; readonly row: ModelRow }> {
  const { clock, store } = state
  const worker = await ModelWorker.open({ path, name, sha256: undefined }, { clock })
  try {
    const { sha256, signature } = worker.opened
    const { size: bytes } = await stat(path)
    const row = await store.models.register({ name, path, sha256, bytes, signature, labels })
    return { worker, row }
  } catch (cause) {
    await worker.close()
    throw cause
  }
}

/** A stored signature as the control API says it. */
export function describeSignature(stored: object): Pick<
  ModelSignature,
  'opset' | 'producer' | 'parameters'
> & {
  inputs: { name: string; type: string; shape: number[] }[]
  outputs: { name: string; type: string; shape: number[] }[]
  operators: Record<string, number>
} {
  // Written by openRegistered only, from this type.
  const { inputs, outputs, opset, producer, parameters, operators } = stored as ModelSignature
  const plain = (ports: ModelSignature['inputs']) =>
    ports.map(({ name, type, shape }) => ({ name, type, shape: [...shape] }))
  return {
    inputs: plain(inputs),
    outputs: plain(outputs),
    opset,
    producer,
    parameters,
    operators: { ...operators },
  }
}
