import type { Norm } from '@merlon/tensor'
import type { AttackFunction, AttackParameters } from './attack.ts'
import { AttackError } from './attack-error.ts'
import { fgsm } from './fgsm.ts'
import { limits } from './limits.ts'
import { pgd } from './pgd.ts'

export type AttackName = 'fgsm' | 'pgd'

/** One option of an attack, as the command line and the docs show it. */
export interface ParameterDeclaration {
  readonly type: 'integer' | 'number' | 'boolean'
  /** As text, because a default may depend on other options. */
  readonly default: string
  /** Inclusive, for numbers. */
  readonly range?: readonly [low: number, high: number]
  readonly meaning: string
}

/** What an attack assumes, takes and costs: the one source for the command line, `assess` and the docs. */
export interface AttackDeclaration {
  readonly title: string
  /** One sentence that says how it works. */
  readonly summary: string
  /** What the adversary is assumed to have. */
  readonly access: 'labels' | 'scores' | 'gradients'
  readonly norms: readonly Norm[]
  readonly parameters: Readonly<Partial<Record<keyof AttackParameters, ParameterDeclaration>>>
  readonly paper: { readonly text: string; readonly url: string }
  /** The most model evaluations that it spends on a sample. */
  readonly queriesPerSample: (parameters: AttackParameters) => number
  /** The same as text. */
  readonly cost: string
}

export const attackCatalogue: Readonly<Record<AttackName, AttackDeclaration>> = {
  fgsm: {
    title: 'Fast gradient sign method',
    summary: 'One step of the full epsilon along the sign (l2: the direction) of the gradient.',
    access: 'gradients',
    norms: ['linf', 'l2'],
    parameters: {},
    paper: {
      text: 'Goodfellow, Shlens and Szegedy (2015), Explaining and Harnessing Adversarial Examples, section 4',
      url: 'https://arxiv.org/abs/1412.6572',
    },
    queriesPerSample: () => 2,
    cost: '2',
  },
  pgd: {
    title: 'Projected gradient descent',
    summary: 'Many small steps along the gradient from a random start, kept inside the ball.',
    access: 'gradients',
    norms: ['linf', 'l2'],
    parameters: {
      steps: {
        type: 'integer',
        default: '40',
        range: [1, limits.stepsMax],
        meaning: 'gradient steps of each run',
      },
      stepSize: {
        type: 'number',
        default: 'the larger of epsilon / 5 and 2.5 * epsilon / steps',
        range: [0, Number.MAX_VALUE],
        meaning: 'length of a step in input units',
      },
      restarts: {
        type: 'integer',
        default: '1',
        range: [1, limits.restartsMax],
        meaning: 'runs, each from a new random start, on the samples that still stand',
      },
      randomStart: {
        type: 'boolean',
        default: 'true',
        meaning: 'begin at a random point of the ball, not at the sample itself',
      },
      stopWhenFooled: {
        type: 'boolean',
        default: 'true',
        meaning: 'leave a sample alone as soon as the model errs on it',
      },
    },
    paper: {
      text: 'Madry, Makelov, Schmidt, Tsipras and Vladu (2018), Towards Deep Learning Models Resistant to Adversarial Attacks, section 2.1',
      url: 'https://arxiv.org/abs/1706.06083',
    },
    queriesPerSample: ({ steps = 40, restarts = 1 }) => (steps + 1) * restarts,
    cost: '(steps + 1) * restarts, fewer for samples that fall early',
  },
}

/** The attacks as functions of one shape, by name. */
export const attackFunctions: Readonly<Record<AttackName, AttackFunction>> = { fgsm, pgd }

/** In the catalogue's order. */
export const attackNames = Object.keys(attackCatalogue) as readonly AttackName[] // its keys are its type's

/** @throws AttackError ATTACK_UNKNOWN, which lists the names there are */
export function parseAttackName(name: string): AttackName {
  const known = attackNames.find((candidate) => candidate === name)
  if (known !== undefined) return known
  throw new AttackError(
    'ATTACK_UNKNOWN',
    `there is no attack ${JSON.stringify(name.slice(0, 40))}; choose among ${attackNames.join(', ')}`,
  )
}
