import { expect, test } from 'vitest'
import { attackCatalogue, parseAttackName } from './catalogue.ts'
import { mergeEvidence, noEvidence } from './evidence.ts'

test('every declaration cites a paper and says what it takes', () => {
  for (const declaration of Object.values(attackCatalogue)) {
    expect(declaration.paper.url).toMatch(/^https:\/\//)
    expect(declaration.norms.length).toBeGreaterThan(0)
    for (const parameter of Object.values(declaration.parameters)) {
      expect(parameter.meaning).toMatch(/^[a-z]/)
      if (parameter.type === 'choice') expect(parameter.choices).toContain(parameter.default)
      else if (parameter.type !== 'boolean') expect(parameter.range).toBeDefined()
    }
  }
})

test('a name that is not in the catalogue is refused with those that are', () => {
  expect(parseAttackName('pgd')).toBe('pgd')
  expect(() => parseAttackName('pdg')).toThrow(/"pdg"; choose among fgsm, /)
  expect(() => parseAttackName('constructor')).toThrow(/no attack/)
})

test('evidence adds up over batches', () => {
  const one = { ...noEvidence, samples: 2, zeroGradients: 1, distanceMax: 0.1 }
  const two = { ...noEvidence, samples: 3, notFinite: 1, distanceMax: 0.05 }
  expect(mergeEvidence(one, two)).toEqual({
    ...noEvidence,
    samples: 5,
    zeroGradients: 1,
    notFinite: 1,
    distanceMax: 0.1,
  })
  expect(mergeEvidence(noEvidence, one)).toEqual(one)
})
