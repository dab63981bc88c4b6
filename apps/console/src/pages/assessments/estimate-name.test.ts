import type { Estimate } from '@merlon/api'
import { expect, test } from 'vitest'
import { attackName, estimateName, figureText, isPartial, unitText } from './estimate-name.ts'

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

test('a figure has the unit of what it is', () => {
  const median = { ...estimate, name: 'median distance', method: 'order-statistics' }
  const ratio = { ...median, name: 'median SNR in dB' }
  expect(figureText(estimate, 0.5)).toBe('50.0 %')
  expect([figureText(median, 1.25), unitText(median)]).toEqual(['1.25', 'in input units'])
  expect([figureText(ratio, 31.5), unitText(ratio)]).toEqual(['31.5 dB', ''])
})

test('what stood half-way is no figure of the model', () => {
  expect(isPartial({ name: 'robust accuracy so far' })).toBe(true)
  expect(isPartial(estimate)).toBe(false)
  expect(attackName('autoattack, after apgd-ce')).toBe('AutoAttack, after APGD-CE')
})

test('acronyms are capitals and words are not', () => {
  expect(attackName('worst of fgsm, pgd')).toBe('worst of FGSM, PGD')
  expect(attackName('boundary')).toBe('boundary')
})
