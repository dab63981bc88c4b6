import type { ErrorPage } from '@merlon/core'

export type TrainingRule = 'training/no-better-than-guessing'

/** What `merlon explain RULE` prints for each rule that a training can report. */
export const trainingRules: Readonly<Record<TrainingRule, ErrorPage>> = {
  'training/no-better-than-guessing': {
    title: 'The model is not shown to be better than guessing',
    meaning:
      'On samples that the training did not use, the lower end of the 95 % interval of the accuracy is not above what naming the most frequent class every time would reach.',
    fix: 'Look at the loss of each epoch: if it does not fall, try another learning rate or optimiser; if it falls while the accuracy stays, the labels or the scaling of the data may be wrong. If the accuracy is well above guessing, there are too few samples to tell: hold out more.',
  },
}
