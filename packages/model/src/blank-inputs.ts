import type { ModelProto, NodeProto } from './onnx_pb.ts'

/** The inputs without blanks at the end, which say no more than leaving them out does. */
export function withoutTrailingBlanks(inputs: readonly string[]): string[] {
  const last = inputs.findLastIndex((name) => name !== '')
  return inputs.slice(0, last + 1)
}

/**
 * Drops blanks at the end of every node's inputs, in place; true if there were any. ONNX Runtime 1.30 crashes the whole
 * process on a LayerNormalization that has one. Relies on the depth that `readModel` bounds.
 */
export function dropTrailingBlanks({ graph, functions }: ModelProto): boolean {
  const lists = [graph?.node ?? [], ...functions.map(({ node }) => node)]
  return lists.map(dropIn).includes(true)
}

function dropIn(nodes: readonly NodeProto[]): boolean {
  let hadBlanks = false
  for (const node of nodes) {
    if (node.input.at(-1) === '') {
      node.input = withoutTrailingBlanks(node.input)
      hadBlanks = true
    }
    for (const { g, graphs } of node.attribute) {
      for (const inner of g === undefined ? graphs : [g, ...graphs]) {
        if (dropIn(inner.node)) hadBlanks = true
      }
    }
  }
  return hadBlanks
}
