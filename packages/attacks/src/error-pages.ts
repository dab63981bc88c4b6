import type { ErrorPage } from '@merlon/core'
import type { AttackErrorCode } from './attack-error.ts'

/** What `merlon explain CODE` prints for each code of AttackError. */
export const attackErrorPages: Readonly<Record<AttackErrorCode, ErrorPage>> = {
  ATTACK_UNKNOWN: {
    title: 'There is no attack of that name',
    meaning:
      'Attacks are known by the names in the catalogue, such as fgsm and pgd. A name that is not in it is refused before the model is touched, so that a typo is never a silent pass.',
    fix: 'Use one of the names in the message, separated by commas where several are wanted.',
  },
  ATTACK_OPTION_INVALID: {
    title: 'An option of the attack is out of its range',
    meaning:
      'Each option of an attack has a type and a range, which the catalogue states: epsilon is a finite number from 0 up, steps and restarts are whole numbers from 1 up, a step size is above 0. A value outside would make the attack weaker without saying so.',
    fix: 'Correct the option that the message names; the reference of attacks lists types, defaults and ranges.',
  },
  ATTACK_INPUT_INVALID: {
    title: 'The samples do not suit the model under attack',
    meaning:
      'An attack takes a batch of the shape of the model input and one label per sample, each one of the classes that the model knows. Anything else would measure something that nobody asked for.',
    fix: 'Pass samples of the shape that the message names, and labels from 0 up to one less than the number of classes.',
  },
  CONSTRAINTS_INVALID: {
    title: 'The description of what rows there can be is not understood',
    meaning:
      'Constraints say of each column its range, its steps and in which direction it can change, which columns are categories of one attribute, and what holds between columns. A name that is no column, a key that nobody knows or a column that is computed from itself would let an attack make rows that cannot exist, or keep it from rows that can.',
    fix: 'Correct the place that the message names.',
  },
}
