import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'

/** The options that all forms of automatic PGD share. */
export const apgdParameters = {
  steps: {
    type: 'integer',
    default: '100',
    range: [1, limits.stepsMax],
    meaning: 'gradient steps of each run',
  },
  restarts: {
    type: 'integer',
    default: '1',
    range: [1, limits.restartsMax],
    meaning: 'runs, each from a new random start, on the samples that still stand',
  },
  stopWhenFooled: {
    type: 'boolean',
    default: 'true',
    meaning: 'leave a sample alone as soon as the model errs on it',
  },
} as const satisfies Attack['parameters']

/** The option of attacks that lead to other classes. */
export const targetsParameter = {
  type: 'integer',
  default: '9',
  range: [1, limits.targetsMax],
  meaning: 'other classes that each sample is led to, the likeliest first',
} as const satisfies Attack['parameters'][keyof Attack['parameters']]
