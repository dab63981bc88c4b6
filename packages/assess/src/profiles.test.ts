import { attackCatalogue, attackNames } from '@merlon/attacks'
import { norms } from '@merlon/tensor'
import { expect, test } from 'vitest'
import { fallbackFor, profileNames, profiles } from './profiles.ts'

const accesses = ['labels', 'scores', 'gradients'] as const

test('standard is AutoAttack wherever AutoAttack knows the norm', () => {
  for (const norm of attackCatalogue.autoattack.norms) {
    const chosen = profiles.standard.choose(attackCatalogue, 'gradients', norm)
    expect(chosen.map(({ attack }) => attack)).toEqual(['autoattack'])
  }
})

test('every profile finds something to do for images in linf and l2, whatever the access', () => {
  for (const name of profileNames) {
    for (const access of accesses) {
      for (const norm of ['linf', 'l2'] as const) {
        const chosen = profiles[name].choose(attackCatalogue, access, norm)
        expect(chosen.length, `${name} ${access} ${norm}`).toBeGreaterThan(0)
      }
    }
  }
})

test('what is chosen is in the catalogue, knows the norm and takes the parameters', () => {
  for (const norm of norms) {
    const all = [
      ...profileNames.flatMap((name) => profiles[name].choose(attackCatalogue, 'gradients', norm)),
      ...fallbackFor(attackCatalogue, norm),
    ]
    for (const { attack, parameters } of all) {
      const name = attackNames.find((known) => known === attack)
      expect(name).toBeDefined()
      const declared = attackCatalogue[name ?? 'pgd']
      expect(declared.norms).toContain(norm)
      expect(Object.keys(declared.parameters)).toEqual(
        expect.arrayContaining(Object.keys(parameters)),
      )
    }
  }
})
