import { intAttribute, intsAttribute } from '../attributes.ts'
import {
  at,
  broadcast,
  build,
  count,
  positive,
  reference,
} from '../reference-tensor.test-support.ts'
import {
  first,
  given,
  type Operators,
  type Run,
  reshaped,
  transpose,
  whole,
} from './operator.test-support.ts'

const reshape: Run = (node, inputs) => {
  const x = first(inputs)
  const keepsZero = intAttribute(node, 'allowzero', 0) === 1
  const asked = (whole(inputs, 1) ?? []).map((size, axis) =>
    size === 0 && !keepsZero ? (x.shape[axis] ?? 0) : size,
  )
  const known = asked.reduce((product, size) => (size < 0 ? product : product * size), 1)
  return reshaped(
    x,
    asked.map((size) => (size < 0 ? count(x.shape) / known : size)),
  )
}

const slice: Run = (_, inputs) => {
  const x = first(inputs)
  const starts = whole(inputs, 1) ?? []
  const ends = whole(inputs, 2) ?? []
  const axes = whole(inputs, 3) ?? starts.map((__, axis) => axis)
  const steps = whole(inputs, 4) ?? starts.map(() => 1)
  const picks = x.shape.map((size) => Array.from({ length: size }, (__, i) => i))
  for (const [i, stated] of axes.entries()) {
    const axis = positive(stated, x.shape.length)
    const size = x.shape[axis]!
    const step = steps[i]!
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
    const start = Math.min(Math.max(positive(starts[i]!, size), step > 0 ? 0 : low), high)
    const end = Math.min(Math.max(positive(ends[i]!, size), low), high)
    picks[axis] = []
    for (let at_ = start; step > 0 ? at_ < end : at_ > end; at_ += step) picks[axis].push(at_)
  }
  return build(
    picks.map((pick) => pick.length),
    (index) =>
      at(
        x,
        index.map((place, axis) => picks[axis]![place]!),
      ),
    x.type,
  )
}

const concat: Run = (node, inputs) => {
  const parts = inputs.map(given)
  const axis = positive(intAttribute(node, 'axis', 0), parts[0]!.shape.length)
  const owners = parts.flatMap((part) =>
    Array.from({ length: part.shape[axis]! }, (_, i) => ({ part, i })),
  )
  return build(
    parts[0]!.shape.with(axis, owners.length),
    (index) => {
      const { part, i } = owners[index[axis]!]!
      return at(part, index.with(axis, i))
    },
    parts[0]!.type,
  )
}

const squeeze: Run = (_, inputs) => {
  const x = first(inputs)
  const axes = whole(inputs, 1)?.map((axis) => positive(axis, x.shape.length))
  return reshaped(
    x,
    x.shape.filter((size, axis) => !(axes?.includes(axis) ?? size === 1)),
  )
}

const unsqueeze: Run = (_, inputs) => {
  const x = first(inputs)
  const rank = x.shape.length + (whole(inputs, 1)?.length ?? 0)
  const axes = (whole(inputs, 1) ?? []).map((axis) => positive(axis, rank)).sort((a, b) => a - b)
  const shape = [...x.shape]
  for (const axis of axes) shape.splice(axis, 0, 1)
  return reshaped(x, shape)
}

export const shapingOperators: Operators = {
  Shape: (node, inputs) => {
    const { shape } = first(inputs)
    const part = shape.slice(
      intAttribute(node, 'start', 0),
      intAttribute(node, 'end', shape.length),
    )
    return reference([part.length], part, 'int64')
  },
  Size: (_, inputs) => reference([], [count(first(inputs).shape)], 'int64'),
  Reshape: reshape,
  Flatten: (node, inputs) => {
    const x = first(inputs)
    const axis = positive(intAttribute(node, 'axis', 1), x.shape.length)
    const rows = count(x.shape.slice(0, axis))
    return reshaped(x, [rows, count(x.shape.slice(axis))])
  },
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: (node, inputs) =>
    transpose(
      first(inputs),
      intsAttribute(node, 'perm') ??
        first(inputs)
          .shape.map((_, axis) => axis)
          .reverse(),
    ),
  Expand: (_, inputs) => {
    const x = first(inputs)
    return build(broadcast(x.shape, whole(inputs, 1) ?? []), (index) => at(x, index), x.type)
  },
  Slice: slice,
  Concat: concat,
}
