import { buildMlp, readModel, writeModel } from '@merlon/model'

/** Candidate thresholds of a column, at most. */
const thresholdsMax = 32
const depth = 3
const learningRate = 0.2
/** Added to the second derivatives of a leaf. */
const ridge = 1

/** Gradient-boosted trees for two classes (Friedman 2001; leaves by Newton steps): trees, and the log-odds that they start from. */
export function fitBoostedTrees({ inputs, labels }, trees) {
  const [count, width] = inputs.shape
  const share = labels.reduce((sum, label) => sum + label, 0) / count
  const base = Math.log(share / (1 - share))
  const thresholds = Array.from({ length: width }, (_, column) => cuts(inputs, column))
  const score = new Float64Array(count).fill(base)
  const fitted = []
  for (let t = 0; t < trees; t++) {
    const p = score.map((z) => 1 / (1 + Math.exp(-z)))
    const slopes = p.map((value, i) => labels[i] - value)
    const bends = p.map((value) => value * (1 - value))
    const rows = Array.from({ length: count }, (_, i) => i)
    const tree = grow({ inputs, slopes, bends, thresholds }, rows, depth)
    fitted.push(tree)
    for (let i = 0; i < count; i++) score[i] += answer(tree, inputs.data, i * width)
  }
  return { base, trees: fitted }
}

function cuts({ shape: [count, width], data }, column) {
  const values = Float32Array.from({ length: count }, (_, i) => data[i * width + column]).sort()
  const marks = new Set()
  for (let k = 1; k < thresholdsMax; k++) {
    const at = Math.floor((k * count) / thresholdsMax)
    if (values[at] !== values[0])
      marks.add(
        Math.fround((values[at] + (values.findLast((v) => v < values[at]) ?? values[at])) / 2),
      )
  }
  return [...marks]
}

function grow(data, rows, levels) {
  const { slopes, bends } = data
  let slope = 0
  let bend = ridge
  for (const i of rows) {
    slope += slopes[i]
    bend += bends[i]
  }
  const leaf = { value: (learningRate * slope) / bend }
  if (levels === 0 || rows.length < 20) return leaf
  const best = bestSplit(data, rows, slope, bend)
  if (best === undefined) return leaf
  const { inputs } = data
  const isLow = (i) => inputs.data[i * inputs.shape[1] + best.column] <= best.threshold
  return {
    ...best,
    low: grow(data, rows.filter(isLow), levels - 1),
    high: grow(
      data,
      rows.filter((i) => !isLow(i)),
      levels - 1,
    ),
  }
}

function bestSplit({ inputs, slopes, bends, thresholds }, rows, slope, bend) {
  const width = inputs.shape[1]
  let best
  let most = slope ** 2 / bend + 1e-6
  for (const [column, marks] of thresholds.entries()) {
    const slopeAt = new Float64Array(marks.length + 1)
    const bendAt = new Float64Array(marks.length + 1)
    for (const i of rows) {
      const value = inputs.data[i * width + column]
      let bin = 0
      while (bin < marks.length && value > marks[bin]) bin += 1
      slopeAt[bin] += slopes[i]
      bendAt[bin] += bends[i]
    }
    let [s, b] = [0, ridge]
    for (const [bin, threshold] of marks.entries()) {
      s += slopeAt[bin]
      b += bendAt[bin]
      const gain = s ** 2 / b + (slope - s) ** 2 / (bend - b + ridge)
      if (gain <= most) continue
      most = gain
      best = { column, threshold }
    }
  }
  return best
}

function answer(tree, data, start) {
  let node = tree
  while (node.column !== undefined) {
    node = data[start + node.column] <= node.threshold ? node.low : node.high
  }
  return node.value
}

/** The trees as an ONNX file: a TreeEnsembleClassifier whose scores are the probabilities of both classes. */
export function treesAsOnnx({ base, trees }, width) {
  const nodes = []
  const leaves = []
  for (const [tree, root] of trees.entries()) addNode(root, { tree, nodes, leaves, next: [0] })
  const column = (key) => nodes.map((node) => node[key])
  // A network of the same shape lends its messages: the graph's input and output, and an attribute to copy.
  const { graph, opsetImport, ...model } = readModel(
    buildMlp({ inputShape: [width], classes: 2, hidden: [1], seed: 1 }),
  )
  const gemm = graph.node.find(({ opType }) => opType === 'Gemm')
  const { i: _, ...pattern } = gemm.attribute[0]
  const ints = (name, values) => ({ ...pattern, name, type: 7, ints: values.map(BigInt) })
  const floats = (name, values) => ({ ...pattern, name, type: 6, floats: values })
  const bytes = (text) => new TextEncoder().encode(text)
  const attribute = [
    ints('classlabels_int64s', [0, 1]),
    ints('nodes_treeids', column('tree')),
    ints('nodes_nodeids', column('id')),
    ints('nodes_featureids', column('feature')),
    floats('nodes_values', column('threshold')),
    ints('nodes_truenodeids', column('low')),
    ints('nodes_falsenodeids', column('high')),
    { ...pattern, name: 'nodes_modes', type: 8, strings: column('mode').map(bytes) },
    // One weight a leaf and the logistic function: the form in which converters write two classes.
    ints(
      'class_treeids',
      leaves.map(({ tree }) => tree),
    ),
    ints(
      'class_nodeids',
      leaves.map(({ id }) => id),
    ),
    ints(
      'class_ids',
      leaves.map(() => 0),
    ),
    floats(
      'class_weights',
      leaves.map(({ value }) => value),
    ),
    floats('base_values', [base]),
    { ...pattern, name: 'post_transform', type: 3, s: bytes('LOGISTIC') },
  ]
  const node = {
    ...gemm,
    name: 'trees',
    opType: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    input: [graph.input[0].name],
    output: ['label', graph.output[0].name],
    attribute,
  }
  return writeModel({
    ...model,
    opsetImport: [...opsetImport, { ...opsetImport[0], domain: 'ai.onnx.ml', version: 3n }],
    graph: { ...graph, node: [node], initializer: [], valueInfo: [] },
  })
}

function addNode(node, { tree, nodes, leaves, next }) {
  const id = next[0]++
  const isLeaf = node.column === undefined
  const line = {
    tree,
    id,
    feature: node.column ?? 0,
    threshold: node.threshold ?? 0,
    low: 0,
    high: 0,
  }
  nodes.push(Object.assign(line, { mode: isLeaf ? 'LEAF' : 'BRANCH_LEQ' }))
  if (isLeaf) leaves.push({ tree, id, value: node.value })
  else {
    line.low = addNode(node.low, { tree, nodes, leaves, next })
    line.high = addNode(node.high, { tree, nodes, leaves, next })
  }
  return id
}
