import { sizeOf } from '@merlon/tensor'
import { elementTypes } from './element-type.ts'
import { backward, throughNode } from './gradient/backward.ts'
import { GradientBuilder, type Value } from './gradient/gradient-builder.ts'
import { classesOf, lossPorts } from './gradient/loss-gradient-graph.ts'
import { crossEntropy } from './gradient/losses.ts'
import { type PerExample, squaresOf } from './gradient/per-example/formula.ts'
import { perExample } from './gradient/per-example/formulas.ts'
import {
  areViewsKnown,
  eachThroughViews,
  throughViews,
  usesOf,
  type ViewedUse,
} from './gradient/per-example/uses.ts'
import { type GraphPort, ownName, pruned } from './graph.ts'
import { limits } from './limits.ts'
import type { PreparedGraph } from './loss-gradient-session.ts'
import { inBlockedLayout } from './lowering/blocked-layout.ts'
import { parametersOf } from './parameters.ts'
import { type RuntimeFile, runtimeFileOf } from './runtime-file.ts'
import type { ScoreModel } from './score-model.ts'

/** Inputs beside the model's own, the labels and the parameters. */
export const clipPorts = {
  clip: ownName('clip'),
  /** [n]: squared norms of what runs sample by sample. */
  otherSquares: ownName('other_squares'),
} as const

/** What stands in one graph for the gradients that single samples have. */
export interface ClippedGradientGraph {
  readonly file: RuntimeFile
  readonly losses: string
  readonly squares: string
  /** Parameter to the sum of its clipped gradients; empty if only norms were asked for. */
  readonly gradients: ReadonlyMap<string, string>
  /** The parameters whose squared norms have no formula. */
  readonly others: ReadonlySet<string>
  /** How many samples one run takes at most. */
  readonly rowsMax: number
  /** True if no parameter has a formula. */
  readonly isEmpty: boolean
}

/** A parameter with the formula of each of its uses. */
interface Covered {
  readonly parameter: string
  readonly uses: readonly { readonly use: ViewedUse; readonly formula: PerExample }[]
}

/**
 * One run: forward, one walk back, each sample's squared norm, and the parameters' gradients of the losses weighted by
 * w_i = min(1, clip / norm_i). The walk is not repeated for the weights: a sample's slopes scale with its loss, so the last
 * step of it takes weighted slopes instead (Bu et al. 2023, "book-keeping").
 * `plain` runs every parameter sample by sample.
 * @throws EngineError NO_GRADIENT_RULE
 */
export function clippedGradientGraph(
  { graph, facts, logits, block }: PreparedGraph,
  { input }: ScoreModel,
  wants: 'norms' | 'gradients',
  path: 'formulas' | 'plain' = 'formulas',
): ClippedGradientGraph {
  const parameters = parametersOf(graph)
  const learnt = new Set(wants === 'gradients' ? parameters.keys() : [])
  const g = new GradientBuilder(graph, facts, learnt)
  const { losses, gradient } = crossEntropy(g, logits, lossPorts.labels, classesOf(facts, logits))
  const { covered, others } = split(
    g,
    parameters.keys(),
    path === 'formulas' ? facts.get(input.name)?.shape[0] : undefined,
  )
  const values = new Set(covered.flatMap(({ uses }) => uses.map(({ use }) => outputOf(use))))
  const slopes = backward(g, values, new Map([[logits, gradient]]))
  const parts = covered.flatMap((each) => partsOf(g, each, slopes) ?? [])
  const zeros = g.emit('Mul', [losses, g.scalar(0, logits)])
  const first = others.size > 0 ? clipPorts.otherSquares : zeros
  const squares = parts.reduce((sum, part) => g.emit('Add', [sum, part.squares]), first)
  const gradients = new Map<string, Value>()
  if (wants === 'gradients') {
    const quotient = g.emit('Div', [clipPorts.clip, g.emit('Sqrt', [squares])])
    const weights = g.emit('Min', [quotient, g.scalar(1, logits)])
    for (const { parameter, weighted } of parts) gradients.set(parameter, weighted(weights))
    const seed = g.emit('Mul', [gradient, g.emit('Unsqueeze', [weights, g.ints([1])])])
    for (const [parameter, value] of backward(g, others, new Map([[logits, seed]]))) {
      gradients.set(parameter, value)
    }
  }
  const outputs = [losses, squares, ...gradients.values()]
  const file = fileOf(g, block, learnt, outputs, [
    ...(wants === 'gradients' ? [floatPort(clipPorts.clip, [])] : []),
    ...(others.size > 0 ? [floatPort(clipPorts.otherSquares, [-1])] : []),
  ])
  const numbers = parts.reduce((most, part) => Math.max(most, part.numbers), 1)
  const byMemory = Math.max(1, Math.floor(limits.perExampleNumbersMax / numbers))
  const rowsMax = Math.min(limits.gradientChunkRowsMax, byMemory)
  return { file, losses, squares, gradients, others, rowsMax, isEmpty: parts.length === 0 }
}

/**
 * One run over one sample: the gradients of the parameters named.
 * @throws EngineError NO_GRADIENT_RULE
 */
export function singleGradientGraph(
  { graph, facts, logits, block }: PreparedGraph,
  wanted: ReadonlySet<string>,
  wants: 'norms' | 'gradients',
): { readonly file: RuntimeFile; readonly gradients: ReadonlyMap<string, string> } {
  const learnt = new Set(wants === 'gradients' ? parametersOf(graph).keys() : [])
  const g = new GradientBuilder(graph, facts, learnt)
  const { gradient } = crossEntropy(g, logits, lossPorts.labels, classesOf(facts, logits))
  const gradients = backward(g, wanted, new Map([[logits, gradient]]))
  return { file: fileOf(g, block, learnt, [...gradients.values()], []), gradients }
}

function split(
  g: GradientBuilder,
  parameters: Iterable<string>,
  batch: number | string | undefined,
) {
  const usesFor = usesOf(g.graph)
  const covered: Covered[] = []
  const others = new Set<string>()
  for (const parameter of parameters) {
    const uses = (usesFor(parameter) ?? []).map((use) => ({
      use,
      formula: typeof batch === 'string' ? perExample(g, use, batch) : undefined,
    }))
    const known = uses.flatMap(({ use, formula }) =>
      formula === undefined || !areViewsKnown(g, use) ? [] : [{ use, formula }],
    )
    if (known.length === uses.length && uses.length > 0) covered.push({ parameter, uses: known })
    else others.add(parameter)
  }
  return { covered, others }
}

/** The squared norms of one parameter and its weighted gradient; `undefined` if the scores do not depend on it. */
function partsOf(
  g: GradientBuilder,
  { parameter, uses }: Covered,
  slopes: ReadonlyMap<Value, Value>,
) {
  const reached = uses.flatMap(({ use, formula }) => {
    const dy = slopes.get(outputOf(use))
    return dy === undefined ? [] : [{ use, formula, dy }]
  })
  const [only, ...more] = reached
  if (only === undefined) return undefined
  const { use, formula, dy } = only
  if (more.length === 0 && formula.squares !== undefined) {
    const weighted = (weights: Value) => {
      const at = g.forward.findIndex(({ outputs }) => outputs[0] === outputOf(use))
      const gradient = throughNode(g, at, use.node, [scaledRows(g, dy, weights)])
      return throughViews(g, use, gradient[use.index]) ?? ''
    }
    return { parameter, squares: formula.squares(dy), weighted, numbers: 0 }
  }
  // Gradients of several uses are added before their norm is taken, which is where the cross terms are.
  const each = reached
    .map((part) => eachThroughViews(g, part.use, part.formula.each(part.dy)))
    .reduce((sum, part) => g.emit('Add', [sum, part]))
  const weighted = (weights: Value) => {
    const rows = g.emit('MatMul', [
      g.emit('Unsqueeze', [weights, g.ints([0])]),
      g.emit('Flatten', [each], { axis: 1 }),
    ])
    return g.emit('Reshape', [rows, g.ints(g.shape(parameter).map(Number))])
  }
  const numbers = sizeOf(g.shape(parameter).map(Number))
  return { parameter, squares: squaresOf(g, each), weighted, numbers }
}

/** Each sample's part of a value, which is a row or some rows that follow one another, times its weight. */
function scaledRows(g: GradientBuilder, value: Value, weights: Value): Value {
  const count = g.emit('Shape', [weights])
  const flat = g.emit('Reshape', [value, g.emit('Concat', [count, g.ints([-1])], { axis: 0 })])
  const scaled = g.emit('Mul', [flat, g.emit('Unsqueeze', [weights, g.ints([1])])])
  return g.emit('Reshape', [scaled, g.emit('Shape', [value])])
}

function outputOf({ node }: ViewedUse): string {
  return node.outputs[0] ?? ''
}

/** The graph for the runtime, with the learnt parameters as inputs. */
function fileOf(
  g: GradientBuilder,
  block: number | undefined,
  learnt: ReadonlySet<string>,
  outputs: readonly string[],
  ports: readonly GraphPort[],
): RuntimeFile {
  const whole = g.finish()
  const inputs: GraphPort[] = [
    ...whole.inputs,
    { name: lossPorts.labels, type: elementTypes.int64.code, shape: [-1] },
    ...ports,
    ...[...learnt].map((name) => floatPort(name, whole.constants.get(name)?.shape ?? [])),
  ]
  const constants = new Map([...whole.constants].filter(([name]) => !learnt.has(name)))
  const wanted = outputs.map((name): GraphPort => ({ name, type: 0, shape: undefined }))
  const plain = pruned({ ...whole, inputs, constants }, wanted)
  return runtimeFileOf(inBlockedLayout(plain, g.facts, block))
}

function floatPort(name: string, shape: readonly number[]): GraphPort {
  return { name, type: elementTypes.float32.code, shape }
}
