import type { ErrorPage } from '@merlon/core'
import type { Norm } from '@merlon/tensor'

export type AssessRule =
  | `evasion/${Norm}`
  | 'evasion/untrustworthy-measurement'
  | 'gate/not-met'
  | 'baseline/worse'

const evasionFix =
  'Harden the model by adversarial training at the epsilon that matters to you and assess it again; until then do not let its answer alone decide anything that an adversary profits from, and limit how often one caller may ask. Preprocessing that merely hides gradients does not help: it makes the attack harder to see, not to make.'

/** What `merlon explain RULE` prints for each rule that an assessment can report. */
export const findingRules: Readonly<Record<AssessRule, ErrorPage>> = {
  'evasion/linf': {
    title: 'Small changes to every input value make the model err',
    meaning:
      'An adversary who may change each value of an input by at most epsilon found inputs on which the model gives a wrong answer, although it was right on the original. Severity follows the share of right answers that is lost for sure: the upper end of the 95 % interval of the robust accuracy, against the clean accuracy. At most a tenth kept is critical, at most half high, at most four fifths medium, at most 95 % low; a smaller effect is info.',
    fix: evasionFix,
  },
  'evasion/l2': {
    title: 'Changes of small Euclidean length make the model err',
    meaning:
      'An adversary who may move an input by a Euclidean distance of at most epsilon found inputs on which the model gives a wrong answer, although it was right on the original. Severity follows the share of right answers that is lost for sure, as for evasion/linf.',
    fix: evasionFix,
  },
  'evasion/l1': {
    title: 'Changes of a small total size make the model err',
    meaning:
      'An adversary who may change the values of an input by a total of at most epsilon found inputs on which the model gives a wrong answer, although it was right on the original. Such changes touch few values strongly. Severity follows the share of right answers that is lost for sure, as for evasion/linf.',
    fix: evasionFix,
  },
  'evasion/l0': {
    title: 'Changes of a few values make the model err',
    meaning:
      'An adversary who may set at most epsilon values of an input as they like, within the range, found inputs on which the model gives a wrong answer, although it was right on the original. Severity follows the share of right answers that is lost for sure, as for evasion/linf.',
    fix: evasionFix,
  },
  'evasion/untrustworthy-measurement': {
    title: 'The attack may have failed for reasons other than strength',
    meaning:
      'A health check of the measurement did not hold: gradients vanished or were not numbers, the loss never rose, the range left no room, scores were saturated or went through a softmax twice, answers varied, inputs lay outside the declared range or in another form than the model was made for, a stronger attack did worse than a weaker one, queries alone found what gradients did not, or the model hardly knows the data. A robust accuracy measured so says little: an attack that ignores gradients, or one adapted to the model, may find what this one missed.',
    fix: 'Look at the health table of the report. Assess the model without preprocessing that quantises, clips or saturates; export logits, not hard probabilities; check the scaling and range of the data; give the attack more steps and restarts.',
  },
  'gate/not-met': {
    title: 'A gate of --fail-on is not met',
    meaning:
      'The run was told to fail unless a figure is high enough. A gate compares the lower end of the 95 % interval: it passes only where the samples leave no doubt that the figure is at least its number. A figure above it can therefore fail on few samples. A gate also fails where the figure would pass but a health check says that it cannot be trusted. It fails the run whatever the severities are.',
    fix: 'If the value itself is too low, harden the model. If only the interval reaches below the number, measure more samples. If the figure is not trusted, mend what the health table names first.',
  },
  'baseline/worse': {
    title: 'A figure became worse than in the baseline',
    meaning:
      'The value lies below the 95 % interval that the same figure had in the baseline: same attack, norm and epsilon, on the same data. Figures that changed less, and findings that the baseline has too, are accepted.',
    fix: 'Find what changed in the model since the baseline. If the loss is intended, make a new baseline from this run and have it reviewed.',
  },
}
