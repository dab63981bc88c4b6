import { type ArchitectureOptions, invalid, LayerStack } from './architecture.ts'

export interface MlpOptions extends ArchitectureOptions {
  /** Width of each hidden layer, from the input on. */
  readonly hidden: readonly number[]
}

/**
 * A multilayer perceptron with ReLU between its layers, as ONNX bytes: input `input`, output `logits`.
 * @throws EngineError ARCHITECTURE_INVALID
 */
export function buildMlp({ hidden, ...options }: MlpOptions): Uint8Array {
  if (hidden.some((width) => !Number.isSafeInteger(width) || width < 1)) {
    throw invalid(`hidden widths [${hidden.join(', ')}] must be positive whole numbers`)
  }
  const stack = new LayerStack(options)
  if (options.inputShape.length > 1) stack.apply('Flatten', { axis: 1 })
  let from = options.inputShape.reduce((product, size) => product * size, 1)
  for (const [index, width] of hidden.entries()) {
    stack.dense(`fc${index + 1}`, from, width)
    stack.apply('Relu')
    from = width
  }
  stack.dense(`fc${hidden.length + 1}`, from, options.classes)
  return stack.bytes()
}
