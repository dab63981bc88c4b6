import { deriveSeed, gaussian, seededRandom } from '@merlon/core'
import { type AttributeValue, makeAttributes } from './attributes.ts'
import { type Constant, floatConstant } from './constant.ts'
import { elementTypes } from './element-type.ts'
import { EngineError } from './errors.ts'
import type { GraphNode } from './graph.ts'
import { graphBytes } from './graph-file.ts'
import { limits } from './limits.ts'

export interface ArchitectureOptions {
  /** Of one sample. */
  readonly inputShape: readonly number[]
  readonly classes: number
  /** Decides every initial weight. */
  readonly seed: number
}

export interface ConvOptions {
  readonly stride?: number
  /** Zeros on each side. */
  readonly pad?: number
  readonly gain?: number
}

/** Stacks layers from `input` to `logits`. Weights are drawn as He et al. (2015) say, biases are zero. */
export class LayerStack {
  readonly #options: ArchitectureOptions
  readonly #nodes: GraphNode[] = []
  readonly #constants = new Map<string, Constant>()
  #value = 'input'
  #parameters = 0

  /** @throws EngineError ARCHITECTURE_INVALID */
  constructor(options: ArchitectureOptions) {
    this.#options = options
    const sizes = [...options.inputShape, options.classes]
    if (options.inputShape.length === 0 || sizes.some((size) => !isSize(size))) {
      throw invalid(
        `input shape [${options.inputShape.join(', ')}] and ${options.classes} classes must be positive whole numbers`,
      )
    }
    if (options.classes < 2) throw invalid('a classifier needs at least two classes')
  }

  /** A layer without parameters. */
  apply(op: string, attributes: Readonly<Record<string, AttributeValue>> = {}): void {
    this.#push(op, [this.#value], attributes)
  }

  /** y = x W^T + b; `gain` scales the weights that are drawn. */
  dense(name: string, from: number, to: number, gain = 1): void {
    const weights = this.#weights(name, [to, from], from, gain)
    const inputs = [this.#value, weights, this.#biases(name, to)]
    this.#push('Gemm', inputs, { transB: 1 })
  }

  /** A square convolution; `gain` scales the weights that are drawn. */
  conv(name: string, from: number, to: number, kernel: number, how: ConvOptions = {}): void {
    const { stride = 1, pad = 0, gain = 1 } = how
    const weights = this.#weights(name, [to, from, kernel, kernel], from * kernel * kernel, gain)
    const inputs = [this.#value, weights, this.#biases(name, to)]
    this.#push('Conv', inputs, {
      kernel_shape: [kernel, kernel],
      ...(stride === 1 ? {} : { strides: [stride, stride] }),
      ...(pad === 0 ? {} : { pads: [pad, pad, pad, pad] }),
    })
  }

  /** Where the stack stands: a value that a branch can begin at, or be added. */
  get value(): string {
    return this.#value
  }

  /** Goes on from an earlier value. */
  from(value: string): void {
    this.#value = value
  }

  /** Adds an earlier value of the same shape. */
  add(value: string): void {
    this.#push('Add', [this.#value, value], {})
  }

  /** The ONNX bytes: opset 17, a free batch size. */
  bytes(): Uint8Array {
    const { inputShape, classes } = this.#options
    const type = elementTypes.float32.code
    const last = this.#nodes.at(-1)
    const nodes = this.#nodes.map((node) =>
      node === last ? { ...node, outputs: ['logits'] } : node,
    )
    return graphBytes({
      opset: 17,
      irVersion: 8,
      domains: new Map(),
      functions: [],
      inputs: [{ name: 'input', type, shape: [-1, ...inputShape] }],
      outputs: [{ name: 'logits', type, shape: [-1, classes] }],
      nodes,
      constants: this.#constants,
      initialisers: new Set(this.#constants.keys()),
    })
  }

  #push(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
  ): void {
    const name = `${op.toLowerCase()}_${this.#nodes.length}`
    const outputs = [`${name}_output`]
    this.#nodes.push({
      name,
      op,
      domain: '',
      inputs,
      outputs,
      attributes: makeAttributes(attributes),
    })
    this.#value = outputs[0] ?? ''
  }

  #weights(layer: string, shape: readonly number[], fanIn: number, gain: number): string {
    const size = shape.reduce((product, each) => product * each, 1)
    this.#parameters += size
    if (!isSize(size) || this.#parameters > limits.builtParametersMax) {
      throw invalid(`it would have more than ${limits.builtParametersMax} parameters`)
    }
    const name = `${layer}.weight`
    const random = seededRandom(deriveSeed(this.#options.seed, name))
    const deviation = gain * Math.sqrt(2 / fanIn)
    const data = Float32Array.from({ length: size }, () => deviation * gaussian(random))
    this.#constants.set(name, floatConstant(data, shape))
    return name
  }

  #biases(layer: string, size: number): string {
    const name = `${layer}.bias`
    this.#constants.set(name, floatConstant(new Float32Array(size), [size]))
    return name
  }
}

/** The architecture cannot be built as asked. */
export function invalid(why: string): EngineError {
  return new EngineError('ARCHITECTURE_INVALID', `the model cannot be built: ${why}`)
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size > 0
}
