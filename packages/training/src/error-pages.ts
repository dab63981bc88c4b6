import type { ErrorPage } from '@merlon/core'
import type { TrainingErrorCode } from './training-error.ts'

/** What `merlon explain CODE` prints for each code of TrainingError. */
export const trainingErrorPages: Readonly<Record<TrainingErrorCode, ErrorPage>> = {
  TRAINING_OPTION_INVALID: {
    title: 'an option of the training makes no sense',
    meaning:
      'Epochs and batch size are whole numbers from 1 up, the learning rate is above 0, momentum and the held-out share are from 0 to below 1, weight decay is from 0 up. A value outside would train something else than was meant, without saying so.',
    fix: 'Correct the option that the message names.',
  },
  TRAINING_NO_SAMPLES: {
    title: 'there is nothing to learn from',
    meaning:
      'After the held-out part was taken away, or by --samples, no sample was left for training.',
    fix: 'Give a larger data set, a smaller --validation-share or a larger --samples.',
  },
  TRAINING_DATA_MISMATCH: {
    title: 'the model and the data do not fit together',
    meaning:
      'The samples have another shape than the model takes. Only dimensions of 1 are bridged, because anything else could reorder the numbers.',
    fix: 'Pass data of the shape in the message, or export the model for this data.',
  },
  ARCHITECTURE_UNKNOWN: {
    title: 'there is no architecture of that name',
    meaning:
      'A training begins from an ONNX file or from a named architecture, whose weights are drawn with the seed.',
    fix: 'Use one of the names in the message, or give the path of an ONNX file.',
  },
  CHECKPOINT_UNWRITABLE: {
    title: 'the trained model could not be written',
    meaning:
      'A checkpoint is written beside its place and moved there when it is whole. The folder does not exist, may not be written, or the disk is full. What stood there before is untouched.',
    fix: 'Check the path in the message and the space on its disk, and train again with the same seed.',
  },
}
