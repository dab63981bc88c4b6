import { type ArchitectureOptions, buildLenet, buildMlp, buildResnet20 } from '@merlon/model'
import { TrainingError } from './training-error.ts'

/** Networks that a training can begin from, each drawn from a seed. */
const architectures: Readonly<Record<string, (options: ArchitectureOptions) => Uint8Array>> = {
  mlp: (options) => buildMlp({ ...options, hidden: [256, 128] }),
  lenet: (options) => buildLenet({ ...options, inputShape: asPicture(options.inputShape) }),
  resnet20: (options) => buildResnet20({ ...options, inputShape: asPicture(options.inputShape) }),
}

/** The names of the architectures. */
export const architectureNames: readonly string[] = Object.keys(architectures)

/**
 * An untrained network as ONNX bytes.
 * @throws TrainingError ARCHITECTURE_UNKNOWN; EngineError ARCHITECTURE_INVALID
 */
export function buildArchitecture(name: string, options: ArchitectureOptions): Uint8Array {
  const build = Object.hasOwn(architectures, name) ? architectures[name] : undefined
  if (build === undefined) {
    throw new TrainingError(
      'ARCHITECTURE_UNKNOWN',
      `there is no architecture ${JSON.stringify(name.slice(0, 40))}; choose ${architectureNames.join(', ')}, or give an ONNX file`,
    )
  }
  return build(options)
}

/** Grey pictures may come without a channel axis. */
function asPicture(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [1, ...shape] : shape
}
