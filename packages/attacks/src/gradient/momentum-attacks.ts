import type { GradientAccess } from '@merlon/model'
import type { AttackFunction, AttackParameters } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { miFgsm } from './mi-fgsm.ts'

/** What the attacks of this family set by themselves; each option may be combined with each. */
type Defaults = Pick<AttackParameters, 'nesterov' | 'scales' | 'diversity' | 'kernel'>

function familyOf({ nesterov = false, scales = 1, diversity = 0, kernel = 1 }: Defaults) {
  const defaults = { nesterov, scales, diversity, kernel }
  const run: AttackFunction<GradientAccess> = (model, batch, labels, settings, task) =>
    miFgsm(model, batch, labels, { ...defaults, ...settings }, task)
  return {
    access: 'gradients',
    goal: 'bounded',
    norms: ['linf', 'l2'],
    parameters: {
      steps: {
        type: 'integer',
        default: '10',
        range: [1, limits.stepsMax],
        meaning: 'gradient steps',
      },
      stepSize: {
        type: 'number',
        default: 'epsilon / steps',
        range: [0, Number.MAX_VALUE],
        meaning: 'length of a step in input units',
      },
      decay: {
        type: 'number',
        default: '1',
        range: [0, Number.MAX_VALUE],
        meaning: 'what is kept of the gradients before, from one step to the next',
      },
      nesterov: {
        type: 'boolean',
        default: String(nesterov),
        meaning: 'take the gradient where the momentum leads',
      },
      scales: {
        type: 'integer',
        default: String(scales),
        range: [1, limits.scalesMax],
        meaning: 'copies, each half as bright as the one before, that a gradient is averaged over',
      },
      diversity: {
        type: 'number',
        default: String(diversity),
        range: [0, 1],
        meaning: 'share of the gradients that are taken on a picture resized and shifted at random',
      },
      kernel: {
        type: 'integer',
        default: String(kernel),
        range: [1, limits.kernelMax],
        meaning: 'side of the window that gradients are smoothed over; an odd number of pixels',
      },
    },
    queriesPerSample: (parameters: AttackParameters) =>
      (parameters.steps ?? 10) * (parameters.scales ?? scales) + 1,
    cost: 'steps * scales + 1',
    run,
  } as const
}

export const miFgsmAttack: Attack = {
  ...familyOf({}),
  title: 'Momentum iterative fast gradient sign method',
  summary: 'Small steps along a running sum of gradients, whose samples fool other models too.',
  paper: {
    text: 'Dong, Liao, Pang, Su, Zhu, Hu and Li (2018), Boosting Adversarial Attacks with Momentum, algorithm 1',
    url: 'https://arxiv.org/abs/1710.06081',
  },
}

const linEtAl = {
  text: 'Lin, Song, He, Wang and Hopcroft (2020), Nesterov Accelerated Gradient and Scale Invariance for Adversarial Attacks',
  url: 'https://arxiv.org/abs/1908.06281',
}

export const niFgsmAttack: Attack = {
  ...familyOf({ nesterov: true }),
  title: 'Nesterov iterative fast gradient sign method',
  summary: 'The same with each gradient taken where the momentum leads.',
  paper: linEtAl,
}

export const siNiFgsmAttack: Attack = {
  ...familyOf({ nesterov: true, scales: 5 }),
  title: 'Scale-invariant Nesterov iterative fast gradient sign method',
  summary: 'The same with each gradient averaged over dimmed copies, as over several models.',
  paper: linEtAl,
}

export const diFgsmAttack: Attack = {
  ...familyOf({ diversity: 0.5 }),
  title: 'Diverse inputs iterative fast gradient sign method',
  summary:
    'Momentum, with half of the gradients taken on the picture resized and shifted at random.',
  paper: {
    text: 'Xie, Zhang, Zhou, Bai, Wang, Ren and Yuille (2019), Improving Transferability of Adversarial Examples with Input Diversity',
    url: 'https://arxiv.org/abs/1803.06978',
  },
}

export const tiFgsmAttack: Attack = {
  ...familyOf({ kernel: 5 }),
  title: 'Translation-invariant iterative fast gradient sign method',
  summary:
    'Momentum, with gradients smoothed over a window, as if averaged over shifts of the picture.',
  paper: {
    text: 'Dong, Pang, Su and Zhu (2019), Evading Defenses to Transferable Adversarial Examples by Translation-Invariant Attacks',
    url: 'https://arxiv.org/abs/1904.02884',
  },
}
