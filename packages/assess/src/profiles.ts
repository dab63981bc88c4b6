import type { Attack, AttackParameters } from '@merlon/attacks'
import type { Norm } from '@merlon/tensor'
import { type AccessLevel, isGiven } from './access.ts'

/** The attacks to choose among, by name. */
export type Catalogue = Readonly<Record<string, Attack>>

/** An attack that a run shall make, and how it is tuned. */
export interface Choice {
  readonly attack: string
  readonly parameters: AttackParameters
}

/** How much an assessment does. */
export interface Profile {
  /** One sentence for people. */
  readonly summary: string
  /** How many samples, unless the user says otherwise. */
  readonly samples: number
  /** How long it may take, unless the user says otherwise. */
  readonly timeBudgetMs?: number
  readonly choose: (from: Catalogue, access: AccessLevel, norm: Norm) => readonly Choice[]
}

/**
 * Attacks that a profile never takes: they answer another question (one change for all inputs, a printed patch), or need
 * something that only a user can give (a surrogate model).
 */
const others: ReadonlySet<string> = new Set(['universal', 'patch', 'transfer', 'eot-pgd'])

/** What AutoAttack consists of: after it these find nothing new. */
const partsOfEnsemble: ReadonlySet<string> = new Set(['apgd-ce', 'apgd-t', 'fab-t', 'square'])

/** From the strongest for its price; the first that knows the norm and is allowed is taken. */
const whiteBox = ['apgd-ce', 'pgd', 'ead', 'jsma', 'fmn', 'cw'] as const
const scoreBased = ['square', 'nes', 'simba', 'spsa', 'zoo', 'one-pixel'] as const
const labelBased = ['hop-skip-jump', 'boundary', 'sign-opt'] as const

export type ProfileName = keyof typeof profiles

/** The profiles, cheapest first. */
export const profiles = {
  quick: {
    summary: 'one white-box and one black-box attack on up to 200 samples, in at most a minute',
    samples: 200,
    timeBudgetMs: 60_000,
    choose: (from, access, norm) => {
      const best = bestOf(from, norm)
      const scores = best(access, scoreBased, { queries: 1000 })
      return [
        ...best(access, whiteBox),
        ...scores,
        ...(access === 'labels' ? best(access, labelBased, { queries: 500 }) : []),
      ]
    },
  },
  standard: {
    summary:
      'AutoAttack on 200 samples; without gradients the strongest black-box attacks that the access allows',
    samples: 200,
    choose: (from, access, norm) => {
      const best = bestOf(from, norm)
      const ensemble = best(access, ['autoattack'])
      if (ensemble.length > 0) return ensemble
      return [
        ...best(access, whiteBox),
        ...best(access, scoreBased),
        ...(access === 'labels' ? best(access, labelBased) : []),
      ]
    },
  },
  deep: {
    summary:
      'every attack that knows the norm, minimal distances and black-box ones included, on 500 samples',
    samples: 500,
    choose: (from, access, norm) =>
      Object.entries(from)
        .filter(([name, { norms }]) => norms.includes(norm) && !others.has(name))
        .filter(([, attack]) => isGiven(attack.access, access))
        .filter(([name], _, left) => !partsOfEnsemble.has(name) || !hasEnsemble(left))
        // Those that measure a distance first, on all samples; then the ensemble, and the rest on what it leaves.
        .sort(([a, one], [b, other]) => rank(a, one) - rank(b, other))
        .map(([attack]) => ({ attack, parameters: {} })),
  },
} as const satisfies Readonly<Record<string, Profile>>

/** In the order of their cost. */
export const profileNames = Object.keys(profiles) as readonly ProfileName[] // its keys are its type's

/** What stands in for white-box attacks that a model turns out not to allow. */
export function fallbackFor(from: Catalogue, norm: Norm): readonly Choice[] {
  const best = bestOf(from, norm)
  return [
    ...best('scores', scoreBased, { queries: 1000 }),
    ...best('labels', labelBased, { queries: 1000 }),
  ]
}

function hasEnsemble(all: readonly (readonly [string, Attack])[]): boolean {
  return all.some(([name]) => name === 'autoattack')
}

function rank(name: string, { goal, access }: Attack): number {
  if (goal === 'minimal' && access === 'gradients') return 0
  if (name === 'autoattack') return 1
  if (access === 'gradients') return 2
  return goal === 'minimal' ? 4 : 3
}

/** The first attack of a list that is there, allowed and knows the norm; none is an empty list. */
function bestOf(from: Catalogue, norm: Norm) {
  return (access: AccessLevel, names: readonly string[], parameters: AttackParameters = {}) => {
    const name = names.find((candidate) => {
      const attack = Object.hasOwn(from, candidate) ? from[candidate] : undefined
      return attack?.norms.includes(norm) && isGiven(attack.access, access)
    })
    if (name === undefined) return []
    const known = from[name]!.parameters // the name was just found
    const own = Object.fromEntries(
      Object.entries(parameters).filter(([parameter]) => parameter in known),
    )
    return [{ attack: name, parameters: own }]
  }
}
