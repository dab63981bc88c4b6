import { type GradientRule, type GradientRules, input, optionalInput } from '../rule.ts'
import { covered, groupsOf, transposedAxes, wholeShape, windowAxes } from '../window.ts'
import { filterGradient } from './filter-gradient.ts'
import { imageGradient } from './image-gradient.ts'

/** Y = X * W + B over any number of spatial axes, with groups, strides, dilations and pads. */
const conv: GradientRule = (g, node, dy) => {
  const w = input(node, 1)
  const b = optionalInput(node, 2)
  const [filters, , ...kernel] = wholeShape(g, w)
  if (filters === undefined) node.refuse('its weights have no fixed shape')
  const axes = windowAxes(g, node, kernel)
  const groups = groupsOf(node)
  const channelAxes = [0, ...axes.map((_, axis) => axis + 2)]
  return [
    imageGradient(g, axes, groups, w, dy),
    filterGradient(g, axes, groups, input(node, 0), w, dy),
    // dB = sum of dY over the batch and all places
    b === undefined ? undefined : g.emit('ReduceSum', [dy, g.ints(channelAxes)], { keepdims: 0 }),
  ]
}

/**
 * Y = the transpose of a convolution, with the same filters [C, M/g, k...], of an image of Y's size to X: so dX is that
 * convolution of dY, and dW is its dW with image and result having changed places.
 */
const convTranspose: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const w = input(node, 1)
  const b = optionalInput(node, 2)
  const axes = transposedAxes(g, node, wholeShape(g, w).slice(2))
  const groups = groupsOf(node)
  const spatial = axes.map((_, axis) => axis + 2)
  return [
    g.emit('Conv', [dy, w], {
      group: groups,
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pads: [
        ...axes.map(({ padBegin }) => padBegin),
        ...axes.map((axis) => Math.max(0, covered(axis) - axis.padBegin - axis.size)),
      ],
    }),
    filterGradient(g, axes, groups, dy, w, x),
    b === undefined
      ? undefined
      : g.emit('ReduceSum', [dy, g.ints([0, ...spatial])], { keepdims: 0 }),
  ]
}

/** Convolutions. */
export const convolutionRules: GradientRules = {
  Conv: conv,
  ConvTranspose: convTranspose,
}
