import { intAttribute } from './attributes.ts'
import type { Graph, GraphNode, GraphPort } from './graph.ts'

/** The output that holds a score per class, and the logits behind it. */
export interface ScoreOutput {
  readonly port: GraphPort
  readonly kind: 'logits' | 'probabilities'
  /**
   * The value that cross-entropy is taken of: what a final Softmax reads, else the output itself. Before any
   * Identity, so that it is still there when those are removed.
   */
  readonly logits: string
}

/** Operators that hand their first input through unchanged at inference. */
const passing: readonly string[] = ['Identity', 'Dropout']

/**
 * The first float output of the form [batch, classes]; an output of unknown rank is taken if there is no better.
 * `undefined` if the model has none.
 */
export function scoreOutputOf({ outputs, nodes, opset }: Graph): ScoreOutput | undefined {
  const floats = outputs.filter(({ type }) => type === 1)
  const port =
    floats.find(({ shape }) => shape?.length === 2) ??
    floats.find(({ shape }) => shape === undefined)
  if (port === undefined) return undefined
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const behind = (name: string, ops: readonly string[]) => {
    // The count of nodes bounds the way, since a damaged file may lead in a circle.
    for (const _ of nodes) {
      const maker = makers.get(name)
      if (maker === undefined || maker.domain !== '' || !ops.includes(maker.op)) break
      name = maker.inputs[0] ?? ''
    }
    return name
  }
  const maker = makers.get(behind(port.name, passing))
  const logits = maker?.inputs[0]
  if (maker !== undefined && logits !== undefined && isSoftmaxOverClasses(maker, opset)) {
    return { port, kind: 'probabilities', logits: behind(logits, ['Identity']) }
  }
  return { port, kind: 'logits', logits: port.name }
}

/** Over the last of two axes. Before opset 13 the default axis was 1, which is the same for [batch, classes]. */
function isSoftmaxOverClasses(node: GraphNode, opset: number): boolean {
  const axis = intAttribute(node, 'axis', opset < 13 ? 1 : -1)
  return node.op === 'Softmax' && node.domain === '' && (axis === 1 || axis === -1)
}
