import { type ArchitectureOptions, invalid, LayerStack } from './architecture.ts'

const widths = [16, 32, 64] as const
const blocksPerStage = 3

/**
 * ResNet-20 (He et al. 2016, section 4.2) for small pictures as ONNX bytes: input `input` [batch, c, h, w], output `logits`.
 * There is no normalisation: as in Fixup (Zhang et al. 2019) the second convolution of each block and the last layer begin
 * at zero and the first is scaled down, so that every block begins as its shortcut and no statistics mix the samples.
 * @throws EngineError ARCHITECTURE_INVALID, also for pictures under 8 x 8
 */
export function buildResnet20(options: ArchitectureOptions): Uint8Array {
  const [channels = 0, height = 0, width = 0] = options.inputShape
  if (options.inputShape.length !== 3 || height < 8 || width < 8) {
    throw invalid(
      `resnet20 takes pictures [channels, height, width] of at least 8 x 8, not [${options.inputShape.join(', ')}]`,
    )
  }
  const stack = new LayerStack(options)
  stack.conv('conv1', channels, widths[0], 3, { pad: 1 })
  stack.apply('Relu')
  let from: number = widths[0]
  for (const [stage, to] of widths.entries()) {
    for (let index = 0; index < blocksPerStage; index++) {
      block(stack, `layer${stage + 1}.${index}`, from, to)
      from = to
    }
  }
  stack.apply('GlobalAveragePool')
  stack.apply('Flatten', { axis: 1 })
  stack.dense('fc', from, options.classes, 0)
  return stack.bytes()
}

/** L^(-1 / (2 m - 2)) for L blocks of m = 2 convolutions. */
const fixupGain = (widths.length * blocksPerStage) ** -0.5

/** y = relu(x + conv(relu(conv(x)))); where the width changes, the stride is 2 and the shortcut a 1x1 convolution. */
function block(stack: LayerStack, name: string, from: number, to: number): void {
  const stride = from === to ? 1 : 2
  const start = stack.value
  stack.conv(`${name}.conv1`, from, to, 3, { pad: 1, stride, gain: fixupGain })
  stack.apply('Relu')
  stack.conv(`${name}.conv2`, to, to, 3, { pad: 1, gain: 0 })
  const residual = stack.value
  stack.from(start)
  if (from !== to) stack.conv(`${name}.shortcut`, from, to, 1, { stride })
  stack.add(residual)
  stack.apply('Relu')
}
