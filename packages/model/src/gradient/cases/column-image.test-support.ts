import { type Draw, dims, ints, type RuleCases, whole } from './draw.test-support.ts'

const columnsToImage: Draw = (random) => {
  const block = dims(random, 2, 3)
  const strides = dims(random, 2, 2)
  const dilations = dims(random, 2, 2)
  const pads = [...block, ...block].map(() => whole(random, 0, 1))
  const image = block.map((size, i) => (size - 1) * dilations[i]! + 1 + whole(random, 0, 3))
  const steps = image.map((size, i) => {
    const room = size + pads[i]! + pads[i + 2]!
    return Math.floor((room - (block[i]! - 1) * dilations[i]! - 1) / strides[i]!) + 1
  })
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)
  const shape = [2, whole(random, 1, 2) * product(block), product(steps)]
  return {
    inputs: [{ shape, isBatched: true }, ints(...image), ints(...block)],
    attributes: { strides, dilations, pads },
    opset: 18,
  }
}

export const columnImageCases: RuleCases = { Col2Im: columnsToImage }
