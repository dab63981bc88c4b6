import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawDigits, readNpy, readNpz, writeIdxFolder, writeNpy } from '@merlon/dataset'
import { buildMlp, openModel, parameterGradients } from '@merlon/model'
import { optimizerNames, scheduleNames } from '@merlon/training'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { engineCommands } from './engine-commands.ts'
import { main } from './main.ts'
import { emptyFolder, fakeWorld, run } from './world.test-support.ts'

const cwd = emptyFolder()
const at = (name: string) => join(cwd, name)
const bytes = buildMlp({ inputShape: [2, 3], classes: 4, hidden: [5], seed: 1 })
const batch = { shape: [3, 2, 3], data: Float32Array.from({ length: 18 }, (_, i) => i / 7 - 1) }
const labels = Int32Array.of(3, 0, 1)
beforeAll(async () => {
  writeFileSync(at('model.onnx'), bytes)
  await writeNpy(at('x.npy'), { type: 'float32', ...batch })
  await writeNpy(at('y.npy'), { type: 'int32', shape: [3], data: labels })
  await writeIdxFolder(at('digits'), drawDigits({ count: 400, seed: 1 }), 'train')
  await writeIdxFolder(at('digits'), drawDigits({ count: 100, seed: 2 }), 'test')
})

describe('model show', () => {
  test('says what a model takes, gives and is made of', async () => {
    const { code, stdout } = await run('model show model.onnx --json', { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'merlon/model-show/v1',
      opset: 17,
      parameters: 5 * 6 + 5 + 4 * 5 + 4,
      modelInputs: [{ name: 'input', type: 'float32', shape: [-1, 2, 3] }],
      modelOutputs: [{ name: 'logits', type: 'float32', shape: [-1, 4] }],
      operators: { Flatten: 1, Gemm: 2, Relu: 1 },
      withoutGradient: [],
    })
    const text = await run('model show model.onnx', { cwd })
    expect(text.stdout).toMatch(/Gemm\s+2\s+yes/)
    expect(text.stdout).toContain('every operator has a gradient rule')
  })

  test('names an operator without a rule', async () => {
    // A name of the same length keeps the protobuf whole: Relu becomes Sign, which has no slope.
    const patched = Buffer.from(bytes)
    patched.write('Sign', patched.indexOf('Relu', patched.indexOf('relu')))
    writeFileSync(at('sign.onnx'), patched)
    const { stdout } = await run('model show sign.onnx', { cwd })
    const { withoutGradient } = JSON.parse(
      (await run('model show sign.onnx --json', { cwd })).stdout,
    )
    expect(withoutGradient).toEqual(['Sign'])
    expect(stdout).toMatch(/Sign\s+1\s+- no rule/)
  })
})

describe('model gradient-graph', () => {
  test('writes one file that gives what the model gives', async () => {
    const { code, stdout } = await run('model gradient-graph model.onnx --out gg.onnx --json', {
      cwd,
    })
    expect(code).toBe(0)
    const { input, labels: classes, gradient } = JSON.parse(stdout)
    const [file, model] = [await openModel(at('gg.onnx')), await openModel(bytes)]
    const results = await file.run({
      [input]: { type: 'float32', ...batch },
      [classes]: { type: 'int64', shape: [3], data: BigInt64Array.from(labels, BigInt) },
    })
    expect(results[gradient]).toMatchObject((await model.lossGradient(batch, labels)).gradient)
    await Promise.all([file.close(), model.close()])
    const shown = await run('model gradient-graph model.onnx --loss margin --out gg.onnx', { cwd })
    expect(shown.stdout).toContain('wrote')
  })
})

describe('an execution provider', () => {
  test('that is not here is an error with the way out, for each command that runs a model', async () => {
    // CoreML is of macOS alone, DirectML of Windows.
    const absent = process.platform === 'darwin' ? 'dml' : 'coreml'
    const data = '--data x.npy --labels y.npy'
    for (const line of [
      `model gradient model.onnx ${data} --out g.npy`,
      `assess model.onnx ${data}`,
      `attack fgsm model.onnx ${data}`,
      'train standard mlp --data digits --epochs 1 --out m.onnx',
    ]) {
      const { code, stderr } = await run(`${line} --execution-provider ${absent}`, { cwd })
      expect(code, line).toBe(2)
      expect(stderr).toContain('PROVIDER_UNAVAILABLE')
    }
  })
})

describe('model gradient', () => {
  test('writes the gradient of the mean loss for the input and every parameter', async () => {
    const files = '--out g.npy --parameters p.npz'
    const { code, stdout } = await run(
      `model gradient model.onnx --data x.npy --labels y.npy ${files} --json`,
      { cwd },
    )
    expect(code).toBe(0)
    const model = await openModel(bytes, { threads: 1 })
    const { gradient, losses } = await model.lossGradient(batch, labels)
    await model.close()
    const written = await readNpy(at('g.npy'))
    expect(written).toMatchObject({ type: 'float32', shape: [3, 2, 3] })
    Array.from(written.data, Number).forEach((value, i) => {
      expect(value).toBeCloseTo(gradient.data[i]! / 3, 7)
    })
    const wanted = await parameterGradients(bytes, batch, labels)
    const parameters = await readNpz(at('p.npz'))
    expect([...parameters.keys()].sort()).toEqual([...wanted.keys()].sort())
    for (const [name, { shape }] of wanted) expect(parameters.get(name)).toMatchObject({ shape })
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / 3
    expect(JSON.parse(stdout).meanLoss).toBeCloseTo(mean, 6)
  })

  test('of another loss is the difference that central differences show', async () => {
    const gradientOf = async (loss: string) => {
      const line = `model gradient model.onnx -d x.npy --labels y.npy --loss ${loss} --out o.npy`
      expect((await run(line, { cwd })).code).toBe(0)
      return Array.from((await readNpy(at('o.npy'))).data, Number)
    }
    const model = await openModel(bytes, { threads: 1 })
    const mean = async (data: Float32Array, loss: (z: Float32Array, y: number) => number) => {
      const { data: z } = await model.scores({ ...batch, data })
      const each = [...labels].map((y, i) => loss(z.subarray(4 * i, 4 * i + 4), y))
      return each.reduce((sum, value) => sum + value, 0) / 3
    }
    const cases = [
      ['logit:2', (z: Float32Array) => z[2]!],
      ['margin', (z: Float32Array, y: number) => Math.max(...z.filter((_, k) => k !== y)) - z[y]!],
    ] as const
    for (const [name, loss] of cases) {
      const found = await gradientOf(name)
      for (let i = 0; i < found.length; i++) {
        const moved = (by: number) => batch.data.map((value, k) => (k === i ? value + by : value))
        // Small: the network is piecewise linear, and a wider step crosses a kink.
        const step = 1e-3
        const slope = (await mean(moved(step), loss)) - (await mean(moved(-step), loss))
        expect(found[i]! - slope / (2 * step)).toBeCloseTo(0, 3)
      }
    }
    await model.close()
  })

  test('goes through the preprocessing that merlon.yaml declares, into input units', async () => {
    const section = `{ path: model.onnx, preprocessing: { scale: 4, mean: [0.5] } }`
    writeFileSync(at('prepared.yaml'), `version: 1\nmodels:\n  prepared: ${section}\n`)
    const line = 'model gradient prepared --config prepared.yaml --data x.npy --labels y.npy'
    const { code, stdout } = await run(`${line} --out prepared.npy --parameters q.npz --json`, {
      cwd,
    })
    expect(code).toBe(0)
    const model = await openModel(bytes, { threads: 1 })
    const prepared = { ...batch, data: batch.data.map((value) => 4 * value - 0.5) }
    const { gradient, losses } = await model.lossGradient(prepared, labels)
    await model.close()
    const written = await readNpy(at('prepared.npy'))
    Array.from(written.data, Number).forEach((value, i) => {
      expect(value).toBeCloseTo((4 * gradient.data[i]!) / 3, 6)
    })
    const wanted = await parameterGradients(bytes, prepared, labels)
    const [[name, parameter] = expect.fail()] = [...(await readNpz(at('q.npz')))]
    Array.from(parameter.data, Number).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted.get(name)!.data[i]!, 5)
    })
    expect(JSON.parse(stdout).meanLoss).toBeCloseTo(
      losses.reduce((sum, loss) => sum + loss, 0) / 3,
      5,
    )
    const shown = await run('model show prepared --config prepared.yaml --json', { cwd })
    expect(JSON.parse(shown.stdout).preprocessing).toEqual({ scale: 4, mean: [0.5] })
  })

  test('of the first samples only is that of their mean', async () => {
    const line = 'model gradient model.onnx -d x.npy --labels y.npy -n 1 --out one.npy'
    expect((await run(line, { cwd })).stdout).toContain('over 1 samples')
    expect((await readNpy(at('one.npy'))).shape).toEqual([1, 2, 3])
  })

  test.each([
    ['--out g.npy --loss hinge', 'USAGE', 'hinge'],
    ['--out no/such/g.npy', 'FILE_UNWRITABLE', 'no/such'],
    ['', 'USAGE', '--out'],
  ])('with %j is refused in one sentence', async (rest, code, place) => {
    const line = `model gradient model.onnx -d x.npy --labels y.npy ${rest}`
    const { code: exit, stdout, stderr } = await run(line, { cwd })
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^error ${code}: `))
    expect(stderr).toContain(place)
  })
})

describeWith('shared', 'gradients that PyTorch computed', (shared) => {
  test.each(['cnn_maxpool', 'mlp_relu', 'resnet_basic'])('are those of %s', async (name) => {
    const net = join(shared, 'reference/gradients', name)
    const data = `--data ${net}/x.npy --labels ${net}/labels.npy`
    const files = `--out ${at(`${name}.npy`)} --parameters ${at(`${name}.npz`)}`
    const { code } = await run(`model gradient ${net}/model.dynamo.onnx ${data} ${files}`, { cwd })
    expect(code).toBe(0)
    const far = (found: ArrayLike<number | bigint>, wanted: ArrayLike<number | bigint>) => {
      const truth = Array.from(wanted, Number)
      const largest = Math.max(...truth.map(Math.abs))
      return Math.max(...truth.map((value, i) => Math.abs(value - Number(found[i])))) / largest
    }
    const [found, wanted] = await Promise.all([
      readNpy(at(`${name}.npy`)),
      readNpy(`${net}/grad_input.npy`),
    ])
    expect(found.shape).toEqual(wanted.shape)
    expect(far(found.data, wanted.data)).toBeLessThanOrEqual(5e-5)
    const ours = await readNpz(at(`${name}.npz`))
    const theirs = await readNpz(`${net}/grad_params.npz`)
    const map = JSON.parse(readFileSync(`${net}/param_map.json`, 'utf8')).dynamo
    let compared = 0
    for (const [parameter, [entry, ...others]] of Object.entries<{ name: string; T?: boolean }[]>(
      map,
    )) {
      const truth = theirs.get(parameter)
      if (truth === undefined || entry === undefined || entry.T || others.length > 0) continue
      expect(far(ours.get(entry.name)!.data, truth.data), parameter).toBeLessThanOrEqual(5e-5)
      compared++
    }
    expect(compared).toBeGreaterThan(1)
  })
})

describe('train', () => {
  const line = 'train standard lenet -d digits --epochs 2 --batch-size 20 --threads 1 --seed 3'

  test('writes the best model and measures it on the test split', async () => {
    const { code, stdout, stderr } = await run(`${line} --out t.onnx --last l.onnx --json`, { cwd })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toMatch(/epoch 2 of 2: loss .* of 40 held out/)
    const json = JSON.parse(stdout)
    expect(json.schema).toBe('merlon/train/v1')
    expect(json.options).toMatchObject({ RECIPE: 'standard', MODEL: 'lenet', epochs: '2' })
    expect(json.epochs).toHaveLength(2)
    expect(json.files).toEqual([at('t.onnx'), at('l.onnx')])
    expect(json.inputs).toHaveLength(4)
    const tested = json.estimates.find(({ name }: { name: string }) => name === 'test accuracy')
    const model = await openModel(at('t.onnx'), { threads: 1 })
    const { inputs, labels: truth } = drawDigits({ count: 100, seed: 2 })
    const right = (await model.labels(inputs)).filter((label, i) => label === truth[i]).length
    await model.close()
    expect(tested).toMatchObject({ value: right / 100, n: 100, source: 'digits (test split)' })
  })

  test('goes on with a model that it wrote, and repeats itself with one thread', async () => {
    const next = 'train standard t.onnx -d digits --epochs 1 --threads 1 -n 100 --optimizer sgd'
    const once = async (file: string) => {
      const { code } = await run(`${next} --out ${file}`, { cwd })
      expect(code).toBe(0)
      return readFileSync(at(file))
    }
    expect((await once('a.onnx')).equals(await once('b.onnx'))).toBe(true)
  })

  test('that is interrupted keeps the last finished epoch and ends with 130', async () => {
    const { world, written, signal } = fakeWorld({ cwd })
    const words = `train standard mlp -d digits --epochs 1000 --out i.onnx --threads 1 --json`
    const running = main(words.split(' '), world)
    const timer = setInterval(() => {
      if (written.stderr.includes('epoch 1 of')) signal('SIGINT')
    }, 1)
    const code = await running
    clearInterval(timer)
    expect(code).toBe(130)
    const json = JSON.parse(written.stdout)
    expect([json.verdict, json.files]).toEqual(['incomplete', [at('i.onnx')]])
    const model = await openModel(at('i.onnx'), { threads: 1 })
    expect(model.classes).toBe(10)
    await model.close()
  })

  test.each([
    ['train standard vgg -d digits --out x.onnx', 'MODEL_NOT_FOUND', 'vgg'],
    ['train robust lenet -d digits --out x.onnx', 'USAGE', 'standard'],
    ['train standard lenet -d digits --out no/x.onnx', 'FILE_UNWRITABLE', 'no/x.onnx'],
    ['train standard lenet -d digits --out x.onnx --lr 0', 'TRAINING_OPTION_INVALID', 'rate 0'],
    ['train standard model.onnx -d digits --out x.onnx', 'TRAINING_DATA_MISMATCH', '[2, 3]'],
  ])('%s is refused in one sentence', async (words, expected, place) => {
    const { code, stdout, stderr } = await run(words, { cwd })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^error ${expected}: `))
    expect(stderr).toContain(place)
  })

  test('offers the optimisers and schedules that the recipe has', () => {
    const { options } = engineCommands.find(({ path }) => path === 'train')!
    const choices = (flag: string) => {
      const spec = options.find(({ flags }) => flags.startsWith(flag))!
      return spec.kind === 'choice' ? spec.choices : []
    }
    expect(choices('--optimizer')).toEqual(optimizerNames)
    expect(choices('--schedule')).toEqual(scheduleNames)
  })
})
