import { sizeOf } from '@merlon/tensor'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { EndpointConfig } from './endpoint-config.ts'
import type { HttpAsker } from './http-asker.ts'
import { answerInvalid, finiteNumbers, parseAnswer } from './parse-answer.ts'
import type { Protocol } from './protocol.ts'
import { shortest } from './shortest.ts'

const Port = z.object({
  name: z.string().min(1).max(200),
  datatype: z.string().max(20),
  shape: z.array(z.int()).max(limits.tensorRankMax),
})
type Port = z.infer<typeof Port>

/** GET /v2/models/NAME (Open Inference Protocol v2, model metadata). */
const Metadata = z.object({
  inputs: z.array(Port).max(1000),
  outputs: z.array(Port).max(1000),
})

const InferReply = z.object({ outputs: z.array(Port.extend({ data: z.unknown() })).max(1000) })

const floats: ReadonlySet<string> = new Set(['FP16', 'FP32', 'FP64', 'BF16'])
const wholes: ReadonlySet<string> = new Set(['INT8', 'INT16', 'INT32', 'INT64', 'UINT8'])

/**
 * An Open Inference Protocol v2 endpoint, which says itself what it takes and gives.
 * @throws EngineError ENDPOINT_INVALID if it does not take samples and give scores or labels; as `HttpAsker.ask`
 */
export async function oipProtocol(config: EndpointConfig, asker: HttpAsker): Promise<Protocol> {
  const url = new URL(config.url)
  const base = url.pathname.replace(/\/(infer)?$/, '')
  const answer = await asker.ask('GET', base + url.search)
  if (answer === 'too large') throw asker.refused(413)
  const described = Metadata.safeParse(parseAnswer(answer))
  if (!described.success) throw answerInvalid('is not the metadata of a model')
  const { inputs, outputs } = described.data
  const [input, ...others] = inputs
  if (input === undefined || others.length > 0 || !/^FP(32|64)$/.test(input.datatype)) {
    throw invalid('does not take one input of FP32')
  }
  const output =
    outputs.find(({ datatype, shape }) => floats.has(datatype) && shape.length === 2) ??
    outputs.find(({ datatype }) => wholes.has(datatype))
  if (output === undefined) throw invalid('gives neither scores [n, classes] nor labels [n]')
  const inputShape = config.shape ?? input.shape.slice(1)
  if (inputShape.length === 0 || inputShape.some((size) => size < 1)) {
    throw invalid('leaves the shape of its samples open; say it with shape')
  }
  if (sizeOf(inputShape) > limits.sampleNumbersMax)
    throw invalid('takes samples that are too large')
  const classes = classesOf(config, output)
  const [fixed = -1] = input.shape
  return {
    kind: floats.has(output.datatype) ? 'scores' : 'labels',
    inputShape,
    classes,
    rowsMax: fixed > 0 ? Math.min(fixed, config.batch) : config.batch,
    path: `${base}/infer${url.search}`,
    body: ({ shape, data }) =>
      JSON.stringify({
        inputs: [
          { name: input.name, shape, datatype: input.datatype, data: Array.from(data, shortest) },
        ],
        outputs: [{ name: output.name }],
      }),
    read(answer, rows) {
      const parsed = InferReply.safeParse(answer)
      const given = parsed.data?.outputs.find(({ name }) => name === output.name)
      if (given === undefined) throw answerInvalid('holds no output of the name that was asked for')
      if (given.shape[0] !== rows)
        throw answerInvalid(`is not for the ${rows} samples that were sent`)
      if (floats.has(output.datatype)) {
        return { kind: 'scores', data: finiteNumbers(given.data, rows * classes, 'scores') }
      }
      const labels = finiteNumbers(given.data, rows, 'labels')
      if (labels.some((label) => !(Number.isInteger(label) && label >= 0 && label < classes))) {
        throw answerInvalid(`holds a label that is none of the ${classes} classes`)
      }
      return { kind: 'labels', data: Int32Array.from(labels) }
    },
  }
}

function classesOf({ classes }: EndpointConfig, { datatype, shape }: Port): number {
  if (classes !== undefined) return typeof classes === 'number' ? classes : classes.length
  const stated = floats.has(datatype) ? (shape[1] ?? -1) : -1
  if (stated > limits.endpointClassesMax) throw invalid('has too many classes')
  if (stated > 0) return stated
  throw invalid('does not say how many classes it has; say it with classes')
}

function invalid(what: string): EngineError {
  return new EngineError('ENDPOINT_INVALID', `the endpoint ${what}; see endpoints in merlon.yaml`)
}
