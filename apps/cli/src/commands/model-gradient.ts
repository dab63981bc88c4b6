import { type Dataset, writeNpy, writeNpz } from '@merlon/dataset'
import { type LabelLossName, type OnnxModel, openModel, parameterGradients } from '@merlon/model'
import { normLinf, type Tensor } from '@merlon/tensor'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { numberText } from '../figures.ts'
import { executionProviderOf, openData, resolveModel } from '../named-inputs.ts'
import { plain } from '../plain.ts'
import { table } from '../table.ts'
import { plannedFile } from '../writable.ts'

/** `merlon model gradient MODEL`: d(mean loss) / d(input) and / d(parameter), for anybody to compare. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options } = invocation
  const asked = lossOf(options.text('loss') ?? 'ce')
  const files = await plannedOutputs(invocation)
  const { path, preprocessing } = await resolveModel(invocation, operands[0] ?? '')
  const runtime = executionProviderOf(invocation)
  const model = await openModel(path, { preprocessing, ...runtime })
  try {
    const dataset = await openData(invocation)
    const samples = samplesOf(model, dataset, options.count('samples') ?? 'all')
    const { batch } = samples
    const { loss } = asked
    // The loss of one logit is that of its class, whatever the sample's own.
    const labels =
      asked.index === undefined ? samples.labels : samples.labels.map(() => asked.index!)
    const rows = labels.length
    const input =
      files.out === undefined ? undefined : await model.lossGradient(batch, labels, { loss })
    const gradient = input?.gradient.data.map((value) => value / rows)
    const parameters =
      files.parameters === undefined
        ? new Map<string, Tensor>()
        : await parameterGradients(path, batch, labels, {
            name: model.name,
            preprocessing,
            ...runtime,
          })
    if (files.out !== undefined && gradient !== undefined) {
      await writeNpy(files.out, { type: 'float32', shape: batch.shape, data: gradient })
    }
    if (files.parameters !== undefined) {
      const arrays = [...parameters].map(
        ([name, tensor]) => [name, { type: 'float32', ...tensor }] as const,
      )
      await writeNpz(files.parameters, new Map(arrays))
    }
    const losses = input?.losses ?? new Float32Array()
    return outcomeOf({
      files,
      samples: rows,
      name: asked.text,
      loss: losses.length === 0 ? null : losses.reduce((sum, each) => sum + each, 0) / rows,
      rows: [
        ...(gradient === undefined ? [] : [rowOf('input', { shape: batch.shape, data: gradient })]),
        ...[...parameters].map(([name, tensor]) => rowOf(name, tensor)),
      ],
      inputs: [{ path, sha256: model.sha256 }, ...dataset.inputs],
    })
  } finally {
    await model.close()
  }
}

interface Files {
  readonly out: string | undefined
  readonly parameters: string | undefined
}

interface Row {
  readonly of: string
  readonly shape: readonly number[]
  readonly largest: number
}

function rowOf(of: string, { shape, data }: Tensor): Row {
  return { of, shape, largest: normLinf(data) }
}

function outcomeOf(found: {
  readonly files: Files
  readonly samples: number
  readonly name: string
  readonly loss: number | null
  readonly rows: readonly Row[]
  readonly inputs: NonNullable<Outcome['inputs']>
}): Outcome {
  const { files, samples, name, loss, rows, inputs } = found
  const written = [files.out, files.parameters].filter((file) => file !== undefined)
  const gradients = rows.map(({ of, shape, largest }) => ({ of, shape, largest }))
  return {
    inputs,
    data: { loss: name, meanLoss: loss, samples, gradients, files: written },
    text: (paint) => [
      ...(loss === null
        ? [`over ${samples} samples`]
        : [`mean ${name} loss ${numberText(loss)} over ${samples} samples`]),
      '',
      ...table(
        [
          { heading: 'gradient of', isFlexible: true, paint: paint.bold },
          { heading: 'shape' },
          { heading: 'largest |value|', align: 'right' },
        ],
        rows.map(({ of, shape, largest }) => [of, `[${shape.join(', ')}]`, numberText(largest)]),
        paint,
      ),
      '',
      ...written.map((file) => `wrote ${plain(file)}`),
    ],
  }
}

/** The first samples, in the shape that the model takes where only dimensions of 1 differ. */
function samplesOf(model: OnnxModel, dataset: Dataset, wanted: number | 'all') {
  const count = wanted === 'all' ? dataset.count : Math.min(wanted, dataset.count)
  const { inputs, labels } = dataset.read(0, count)
  const shape = model.signature.inputs[0]?.shape.slice(1) ?? []
  const [taken, given] = [shape, dataset.sampleShape].map((sizes) => sizes.filter((n) => n !== 1))
  const batch = taken?.join() === given?.join() ? { ...inputs, shape: [count, ...shape] } : inputs
  return { batch, labels }
}

interface AskedLoss {
  readonly text: string
  readonly loss: LabelLossName
  /** The class of `logit:K`. */
  readonly index: number | undefined
}

/** @throws CliError USAGE */
function lossOf(text: string): AskedLoss {
  const index = /^logit:(\d{1,7})$/.exec(text)?.[1]
  if (index !== undefined) return { text, loss: 'logit', index: Number(index) }
  if (text === 'ce') return { text, loss: 'cross-entropy', index: undefined }
  if (text === 'margin') return { text, loss: 'margin', index: undefined }
  const typed = JSON.stringify(text.slice(0, 40))
  throw new CliError('USAGE', `--loss ${typed} is not understood: it takes ce, margin or logit:K`)
}

/** Where the results go. @throws CliError USAGE, FILE_UNWRITABLE */
async function plannedOutputs(invocation: Invocation): Promise<Files> {
  const out = await plannedFile(invocation, 'out')
  const parameters = await plannedFile(invocation, 'parameters')
  if (out === undefined && parameters === undefined) {
    throw new CliError('USAGE', 'say what to write: --out FILE.npy, --parameters FILE.npz, or both')
  }
  return { out, parameters }
}
