import { expect, test } from 'vitest'
import { buildMlp } from './build-mlp.ts'
import { type ExecutionProvider, executionProviders, providerStates } from './execution-provider.ts'
import { openModel } from './onnx-model.ts'
import { openTrainer } from './trainer.ts'

const bytes = buildMlp({ inputShape: [2], classes: 2, hidden: [], seed: 1 })

test('each provider is tried, and the CPU is always there', async () => {
  const states = await providerStates()
  expect(states.map(({ provider }) => provider)).toEqual([...executionProviders])
  expect(states[0]).toEqual({ provider: 'cpu', obstacle: undefined })
})

test('what computes on a provider is the same as on the CPU, or refused with the way out', async () => {
  const batch = { shape: [1, 2], data: Float32Array.of(1, -1) }
  const open = (executionProvider: ExecutionProvider) =>
    openModel(bytes, { threads: 1, executionProvider })
  const plain = await open('cpu')
  const wanted = (await plain.scores(batch)).data
  await plain.close()
  for (const { provider, obstacle } of await providerStates()) {
    if (obstacle === undefined) {
      const model = await open(provider)
      const found = (await model.scores(batch)).data
      for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 3)
      await model.close()
    } else {
      await expect(open(provider)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
      await expect(open(provider)).rejects.toThrow(/leave the option out/)
      const optimizer = { kind: 'sgd', learningRate: 0.1 } as const
      await expect(
        openTrainer(bytes, { optimizer, executionProvider: provider }),
      ).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    }
  }
})

test('a damaged model is the fault of the model', async () => {
  await expect(openModel(Buffer.from('text'), { executionProvider: 'cuda' })).rejects.toMatchObject(
    { code: 'MODEL_UNREADABLE' },
  )
})
