import { join } from 'node:path'
import { openDataset } from '@merlon/dataset'
import { expect, test } from 'vitest'
import { describeLong, describeWith } from '../../../tools/requirements.ts'
import { buildArchitecture } from './architectures.ts'
import { standardRecipe } from './standard-recipe.ts'
import { trainStandard } from './train-standard.ts'

describeLong('the standard recipe', () => {
  describeWith('shared', 'on real digits', (shared) => {
    test('takes lenet over 98.5 % of the test split in three epochs', {
      timeout: 600_000,
    }, async () => {
      const folder = join(shared, 'data/mnist')
      const { report } = await trainStandard({
        model: buildArchitecture('lenet', { inputShape: [1, 28, 28], classes: 10, seed: 0 }),
        modelName: 'lenet',
        recipe: standardRecipe({ epochs: 3 }),
        data: await openDataset(folder, { split: 'train' }),
        test: await openDataset(folder, { split: 'test' }),
        seed: 0,
        failOn: 'medium',
        clock: () => 0,
      })
      const tested = report.estimates.find(({ name }) => name === 'test accuracy')
      expect(tested).toMatchObject({ n: 10_000 })
      expect(tested!.interval[0]).toBeGreaterThan(0.985)
    })
  })
})
