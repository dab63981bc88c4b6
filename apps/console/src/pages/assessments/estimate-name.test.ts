import type { Estimate } from '@merlon/api'
import { expect, test } from 'vitest'
import { attackName, estimateName } from './estimate-name.ts'

const estimate: Estimate = {
  name: 'robust-accuracy',
  value: 0.5,
  n: 2,
  interval: [0, 1],
  method: 'wilson',
  seed: 1,
  queries: 2,
}

test('a figure is named with the labels that tell it from its neighbours', () => {
  expect(estimateName(estimate)).toBe('Robust accuracy')
  expect(estimateName({ ...estimate, attack: 'pgd', norm: 'linf', epsilon: 0.3 })).toBe(
    'Robust accuracy, PGD L∞ ε 0.3',
  )
})

test('acronyms are capitals and words are not', () => {
  expect(attackName('worst of fgsm, pgd')).toBe('worst of FGSM, PGD')
  expect(attackName('boundary')).toBe('boundary')
})
