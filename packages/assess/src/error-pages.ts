import type { ErrorPage } from '@merlon/core'
import type { AssessErrorCode } from './assess-error.ts'

/** What `merlon explain CODE` prints for each code of AssessError. */
export const assessErrorPages: Readonly<Record<AssessErrorCode, ErrorPage>> = {
  ASSESS_OPTION_INVALID: {
    title: 'An option of the assessment makes no sense',
    meaning:
      'An assessment needs at least one attack, at least one epsilon that is a finite number from 0 up, and a whole number of samples from 1 up. In linf an epsilon as wide as the input range would let the adversary replace the whole input, which is most often 8 written for 8/255; such a run would report that every model fails.',
    fix: 'Correct the option that the message names. Epsilon is in input units: for images scaled to [0, 1], eight grey levels of 255 are 0.0314.',
  },
  ASSESS_NO_SAMPLES: {
    title: 'The data holds no sample',
    meaning:
      'Nothing can be measured on an empty data set, and nothing measured is never reported as clean.',
    fix: 'Check the path and the split: the file or folder was found and read, but holds no labelled sample.',
  },
  MODEL_DATA_MISMATCH: {
    title: 'The model and the data do not fit together',
    meaning:
      'The samples have another shape than the model takes, or labels that the model has no class for. Only dimensions of 1 and the flattening of one-channel data are bridged, because anything else could reorder the numbers and measure a model that sees noise.',
    fix: 'Pass the data that the model was made for. The message names both shapes, or the label and the number of classes; resize or transpose the data, or export the model with the shape of the data.',
  },
  GATE_INVALID: {
    title: 'A gate of --fail-on is not understood',
    meaning:
      'A gate names a figure, optionally the epsilon that it is about, and the number below which the run shall fail: robust-accuracy<0.4, robust-accuracy@8/255<40%, clean-accuracy<0.95, median-distance<1.2. Shares lie above 0 and up to 1; only a robust accuracy has an epsilon. A gate that cannot be decided would never fail, so it is refused.',
    fix: 'Write the gate as in the examples, in quotes because of the sign, and pass --fail-on once for each.',
  },
  BASELINE_INVALID: {
    title: 'The baseline is no JSON report of an assessment',
    meaning:
      'A baseline is what merlon assess --json or merlon attack --json printed for an earlier run. It is compared by the identifiers of findings and by the names and labels of figures. A file that was cut short, or of another command, is refused, because comparing with nothing would accept everything.',
    fix: 'Make one with merlon assess MODEL --data DATA --json > baseline.json, with the options of the run that it shall be compared with.',
  },
  CHECKPOINT_INVALID: {
    title: 'The checkpoint does not hold what an assessment writes',
    meaning:
      'A checkpoint keeps the parts of a run that are done, so that --resume can go on from there. It belongs to one model, one data set, one version and one set of options, which its key says; a file that was changed or damaged is refused, because figures would come from it.',
    fix: 'Remove the file and start again without --resume.',
  },
}
