import { type ArchitectureOptions, invalid, LayerStack } from './architecture.ts'

const kernel = 5
const widths = { conv1: 12, conv2: 24, fc1: 96 } as const

/**
 * A small convolutional network after LeNet-5 (LeCun et al. 1998) with ReLU and maximum pools, as ONNX bytes:
 * conv 5x5 - pool - conv 5x5 - pool - dense - dense; input `input` [batch, c, h, w], output `logits`.
 * @throws EngineError ARCHITECTURE_INVALID, also for pictures under 16 x 16
 */
export function buildLenet(options: ArchitectureOptions): Uint8Array {
  const [channels = 0, height = 0, width = 0] = options.inputShape
  if (options.inputShape.length !== 3 || height < 16 || width < 16) {
    throw invalid(
      `lenet takes pictures [channels, height, width] of at least 16 x 16, not [${options.inputShape.join(', ')}]`,
    )
  }
  const stack = new LayerStack(options)
  stack.conv('conv1', channels, widths.conv1, kernel)
  stack.apply('Relu')
  stack.apply('MaxPool', { kernel_shape: [2, 2], strides: [2, 2] })
  stack.conv('conv2', widths.conv1, widths.conv2, kernel)
  stack.apply('Relu')
  stack.apply('MaxPool', { kernel_shape: [2, 2], strides: [2, 2] })
  stack.apply('Flatten', { axis: 1 })
  stack.dense('fc1', widths.conv2 * shrunk(shrunk(height)) * shrunk(shrunk(width)), widths.fc1)
  stack.apply('Relu')
  stack.dense('fc2', widths.fc1, options.classes)
  return stack.bytes()
}

/** What a convolution without padding and a pool leave of a side. */
function shrunk(side: number): number {
  return Math.floor((side - kernel + 1) / 2)
}
