import { assert, CodedError } from '@merlon/core'
import { type OnnxModel, openModel } from './onnx-model.ts'
import type { FromModel, ModelCalls, OpenedModel, Problem, ToModel } from './process/messages.ts'

// The entry of a model's process: one model, one question at a time. Its parent is our own code, built together with it.
process.on('disconnect', () => process.exit(1))
// A terminal's Ctrl-C is the parent's to answer.
process.on('SIGINT', () => undefined)

let opened: OnnxModel | undefined
let last: Promise<void> = Promise.resolve()
process.on('message', (message: ToModel) => {
  last = last.then(() => (message.kind === 'open' ? open(message) : answer(message)))
})

async function open({ source, options }: Extract<ToModel, { kind: 'open' }>): Promise<void> {
  try {
    opened = await openModel(source, options)
    const { name, signature, sha256 } = opened
    say({ kind: 'ready', name, signature, sha256, classifier: classifierOf(opened) })
  } catch (cause) {
    say({ kind: 'unusable', ...problem(cause) })
  }
}

async function answer({ id, call, args }: Extract<ToModel, { kind: 'ask' }>): Promise<void> {
  try {
    assert(opened !== undefined, 'a model is asked once it is ready')
    // The host's types tie a call to its arguments; the message loses that tie.
    const ask = opened[call] as (
      ...given: readonly unknown[]
    ) => ReturnType<ModelCalls[typeof call]>
    say({ kind: 'answer', id, result: await ask.apply(opened, [...args]) })
  } catch (cause) {
    say({ kind: 'failure', id, ...problem(cause) })
  }
}

function classifierOf(model: OnnxModel): OpenedModel['classifier'] {
  try {
    return { inputShape: model.inputShape, classes: model.classes }
  } catch (cause) {
    return problem(cause)
  }
}

function problem(cause: unknown): Problem {
  const message = cause instanceof Error ? cause.message : String(cause)
  return { code: cause instanceof CodedError ? cause.code : undefined, message }
}

function say(message: FromModel): void {
  process.send?.(message)
}
