import { intsAttribute } from '../attributes.ts'
import { count, eachIndex, reference } from '../reference-tensor.test-support.ts'
import { first, type Operators, whole } from './operator.test-support.ts'

export const columnImageOperators: Operators = {
  // Every block of the image, shifted by the pads, gets its column added.
  Col2Im: (node, inputs) => {
    const x = first(inputs)
    const [image, block] = [whole(inputs, 1) ?? [], whole(inputs, 2) ?? []]
    const [samples = 0, rows = 0, columns = 0] = x.shape
    const channels = rows / count(block)
    const strides = intsAttribute(node, 'strides') ?? image.map(() => 1)
    const dilations = intsAttribute(node, 'dilations') ?? image.map(() => 1)
    const pads = intsAttribute(node, 'pads') ?? image.flatMap(() => [0, 0])
    const steps = image.map((size, i) => {
      const room = size + pads[i]! + pads[i + image.length]!
      return Math.floor((room - (block[i]! - 1) * dilations[i]! - 1) / strides[i]!) + 1
    })
    const data = new Float64Array(samples * channels * count(image))
    for (let plane = 0; plane < samples * channels; plane++) {
      let tap = 0
      eachIndex(block, (inBlock) => {
        let at = 0
        eachIndex(steps, (step) => {
          const place = step.map(
            (each, i) => each * strides[i]! - pads[i]! + inBlock[i]! * dilations[i]!,
          )
          const from = (plane * count(block) + tap) * columns + at++
          if (place.some((each, i) => each < 0 || each >= image[i]!)) return
          const to = place.reduce((sum, each, i) => sum * image[i]! + each, 0)
          data[plane * count(image) + to]! += x.data[from]!
        })
        tap++
      })
    }
    return reference([samples, channels, ...image], data)
  },
}
