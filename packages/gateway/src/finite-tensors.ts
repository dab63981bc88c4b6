import type { Verdict } from '@merlon/core'
import { datatypeOf } from './datatype.ts'
import type { Filter } from './filter.ts'
import type { InferReply, InferRequest, TensorData, TypedTensor } from './ports.ts'
import { quote } from './quote.ts'

/** Refuses NaN and infinities, which turn a model's answer into noise or into a way around its decision. */
export const finiteInputs: Filter<InferRequest> = {
  name: 'finite-inputs',
  onFailure: 'block',
  refusal: 'ELEMENT_INVALID',
  inspect: ({ inputs }) => verdictOn('input', inputs),
}

/** Holds back an answer that JSON cannot carry and nobody should act on. */
export const finiteOutputs: Filter<InferReply> = {
  name: 'finite-outputs',
  onFailure: 'block',
  refusal: 'OUTPUT_NOT_FINITE',
  inspect: ({ outputs }) => verdictOn('output', outputs),
}

function verdictOn<Body>(
  what: string,
  tensors: Readonly<Record<string, TypedTensor>>,
): Verdict<Body> {
  for (const [name, { type, data }] of Object.entries(tensors)) {
    const index = firstNotFinite(data)
    if (index === -1) continue
    const word = datatypeOf(type)?.name ?? type
    return {
      kind: 'block',
      reason: `${what} ${quote(name)} holds ${data[index]} at index ${index}; every element of ${word} has to be a finite number`,
    }
  }
  return { kind: 'pass' }
}

function firstNotFinite(data: TensorData): number {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return -1
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i
  return -1
}
