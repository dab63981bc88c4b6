import {
  endingOperators,
  isPlain,
  type OnnxModel,
  openModel,
  operatorsWithGradient,
  type TensorInfo,
} from '@merlon/model'
import type { Invocation, Outcome } from '../command.ts'
import { resolveModel } from '../named-inputs.ts'
import type { Paint } from '../paint.ts'
import { plain } from '../plain.ts'
import { table } from '../table.ts'

/** `merlon model show MODEL`: what the file says, and which operators stand in the way of a gradient. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { path, preprocessing } = await resolveModel(invocation, invocation.operands[0] ?? '')
  const model = await openModel(path, { threads: 1, preprocessing })
  const { signature, sha256 } = model
  await model.close()
  const withoutGradient = Object.keys(signature.operators).filter(
    (name) => !operatorsWithGradient.includes(name) && !endingOperators.has(name),
  )
  const tensors = (list: readonly TensorInfo[]) =>
    list.map(({ name, type, shape }) => ({ name, type, shape }))
  return {
    inputs: [{ path, sha256 }],
    data: {
      model: path,
      sha256,
      producer: signature.producer,
      opset: signature.opset,
      parameters: signature.parameters,
      scoreKind: signature.scoreKind,
      preprocessing: isPlain(model.preprocessing) ? null : model.preprocessing,
      modelInputs: tensors(signature.inputs),
      modelOutputs: tensors(signature.outputs),
      operators: signature.operators,
      withoutGradient,
    },
    text: (paint) => lines(path, model, withoutGradient, paint),
    ...(withoutGradient.length === 0 ? {} : { next: ['merlon explain NO_GRADIENT_RULE'] }),
  }
}

function lines(
  path: string,
  { sha256, signature, preprocessing }: OnnxModel,
  withoutGradient: readonly string[],
  paint: Paint,
): string[] {
  const { inputs, outputs, operators, producer, opset, parameters } = signature
  const port = (kind: string) => (tensor: TensorInfo) => [
    kind,
    tensor.name,
    tensor.type,
    sizes(tensor),
  ]
  return [
    paint.bold(plain(path)),
    `sha256      ${sha256}`,
    `made by     ${producer === '' ? '- not said' : plain(producer)}, opset ${opset}`,
    `parameters  ${parameters.toLocaleString('en')}`,
    ...(isPlain(preprocessing) ? [] : [`prepared    ${plain(JSON.stringify(preprocessing))}`]),
    '',
    ...table(
      [
        { heading: '' },
        { heading: 'name', isFlexible: true, paint: paint.bold },
        { heading: 'type' },
        { heading: 'shape' },
      ],
      [...inputs.map(port('input')), ...outputs.map(port('output'))],
      paint,
    ),
    '',
    ...table(
      [
        { heading: 'operator', paint: paint.bold },
        { heading: 'count', align: 'right' },
        { heading: 'gradient' },
      ],
      Object.entries(operators).map(([name, count]) => [
        name,
        String(count),
        withoutGradient.includes(name)
          ? '- no rule'
          : endingOperators.has(name)
            ? 'needs none'
            : 'yes',
      ]),
      paint,
    ),
    '',
    withoutGradient.length === 0
      ? `${paint.good('ok')} every operator has a gradient rule`
      : `${paint.warn('!')} no gradient rule: ${withoutGradient.map(plain).join(', ')}; a gradient is refused where the way from input to scores leads through one`,
  ]
}

function sizes({ shape }: TensorInfo): string {
  return `[${shape.map((size) => (size < 0 ? 'any' : size)).join(', ')}]`
}
