import type { GradientBuilder, Value } from './gradient/gradient-builder.ts'

/** Stochastic gradient descent as PyTorch writes it: v = momentum v + (g + weightDecay w), w -= learningRate v. */
export interface SgdOptions {
  readonly kind: 'sgd'
  readonly learningRate: number
  readonly momentum?: number
  /** Steps along g + momentum v instead of v (Sutskever et al. 2013, in PyTorch's form). */
  readonly nesterov?: boolean
  readonly weightDecay?: number
}

/** Adam (Kingma and Ba 2015, algorithm 1); weight decay is added to the gradient. */
export interface AdamOptions {
  readonly kind: 'adam'
  readonly learningRate: number
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
  readonly weightDecay?: number
}

/** Adam with the weight decay taken from the parameter, not through the gradient (Loshchilov and Hutter 2019, algorithm 2). */
export interface AdamWOptions extends Omit<AdamOptions, 'kind'> {
  readonly kind: 'adamw'
}

export type OptimizerOptions = SgdOptions | AdamOptions | AdamWOptions

/** An optimiser as a piece of graph: it reads a parameter, its gradient and its state, and gives them anew. */
export interface Optimizer {
  /** State tensors per parameter, each of the parameter's shape, zero at first. */
  readonly states: number
  /** Emits the update. `rates` are the scalars that `ratesAt` gives. */
  readonly update: (
    g: GradientBuilder,
    parameter: Value,
    gradient: Value,
    states: readonly Value[],
    rates: readonly Value[],
  ) => { readonly parameter: Value; readonly states: readonly Value[] }
  /** The scalars of one step, which the graph takes as inputs because they change. Steps count from 1. */
  readonly ratesAt: (step: number, learningRate: number) => readonly number[]
}

/** The optimiser of some options. */
export function optimizerOf(options: OptimizerOptions): Optimizer {
  return options.kind === 'sgd' ? sgd(options) : adam(options)
}

function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions): Optimizer {
  return {
    states: momentum === 0 ? 0 : 1,
    update(g, parameter, gradient, [velocity], [rate = '']) {
      const slope = decayed(g, parameter, gradient, weightDecay)
      const onTop = (value: Value) =>
        g.emit('Add', [g.emit('Mul', [value, g.scalar(momentum, parameter)]), slope])
      const next = velocity === undefined ? slope : onTop(velocity)
      const way = velocity !== undefined && nesterov ? onTop(next) : next
      return {
        parameter: g.emit('Sub', [parameter, g.emit('Mul', [way, rate])]),
        states: velocity === undefined ? [] : [next],
      }
    },
    ratesAt: (_, learningRate) => [learningRate],
  }
}

function adam(options: AdamOptions | AdamWOptions): Optimizer {
  const { kind, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options
  const isDecoupled = kind === 'adamw' && weightDecay !== 0
  return {
    states: 2,
    // m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= a / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + e)
    // decoupled, first: w -= a weightDecay w
    update(g, parameter, gradient, [m = '', v = ''], [rate = '', spread = '', decay]) {
      const of = (value: number) => g.scalar(value, parameter)
      const slope = isDecoupled ? gradient : decayed(g, parameter, gradient, weightDecay)
      const held =
        decay === undefined
          ? parameter
          : g.emit('Sub', [parameter, g.emit('Mul', [parameter, decay])])
      const square = g.emit('Mul', [slope, slope])
      const mean = g.emit('Add', [
        g.emit('Mul', [m, of(beta1)]),
        g.emit('Mul', [slope, of(1 - beta1)]),
      ])
      const variance = g.emit('Add', [
        g.emit('Mul', [v, of(beta2)]),
        g.emit('Mul', [square, of(1 - beta2)]),
      ])
      const root = g.emit('Mul', [g.emit('Sqrt', [variance]), spread])
      const step = g.emit('Div', [g.emit('Mul', [mean, rate]), g.emit('Add', [root, of(epsilon)])])
      return { parameter: g.emit('Sub', [held, step]), states: [mean, variance] }
    },
    ratesAt: (step, learningRate) => [
      learningRate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
      ...(isDecoupled ? [learningRate * weightDecay] : []),
    ],
  }
}

function decayed(
  g: GradientBuilder,
  parameter: Value,
  gradient: Value,
  weightDecay: number,
): Value {
  if (weightDecay === 0) return gradient
  const pull = g.emit('Mul', [parameter, g.scalar(weightDecay, parameter)])
  return g.emit('Add', [gradient, pull])
}
