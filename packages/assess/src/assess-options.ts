import type { AttackParameters, Constraints, GradientAccess, LabelAccess } from '@merlon/attacks'
import type { Clock, FailOn, ReportInput, Task } from '@merlon/core'
import type { Dataset } from '@merlon/dataset'
import type { Norm } from '@merlon/tensor'
import type { Baseline } from './baseline.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Gate } from './gates.ts'
import type { Catalogue, ProfileName } from './profiles.ts'

/** What is to be assessed, how hard, and what fails it. */
export interface AssessOptions {
  /** What the adversary may ask of it is what it has: labels, scores too, gradients too. */
  readonly model: LabelAccess
  readonly modelPath: string
  /** Lower-case hex. */
  readonly modelSha256: string
  readonly dataset: Dataset
  /** Names of the catalogue, each run on all samples; without any, those of the profile. */
  readonly attacks?: readonly string[]
  /** How much is done where no attack is named; standard unless given. Later attacks then leave out what fell to earlier ones. */
  readonly profile?: ProfileName
  /** What to choose among; every attack there is unless given. */
  readonly catalogue?: Catalogue
  /** What rows of a table there can be; then no other row counts, and distances are in units of the columns' scales. */
  readonly constraints?: Constraints
  readonly norm: Norm
  /** In input units, or in those of the columns' scales; one or more. */
  readonly epsilon: readonly number[]
  /** How many samples to look at, from the first; the profile's number unless given, or 1000 where attacks are named. */
  readonly samples?: number | 'all'
  /** Options of the attacks, as the catalogue declares them. */
  readonly parameters?: AttackParameters
  /** The adversary's own model and its file, for attacks by transfer; a profile then tries those too. */
  readonly surrogate?: { readonly model: GradientAccess; readonly input: ReportInput }
  /** Whether queries stand in for gradients that the model turns out not to give; true unless given. */
  readonly fallback?: boolean
  /** Fewer samples are looked at where the time would not do; the profile's time unless given. */
  readonly timeBudgetMs?: number
  readonly seed: number
  readonly failOn: FailOn
  /** Figures that the run fails without. */
  readonly gates?: readonly Gate[]
  /** An earlier report that this one must not be worse than. */
  readonly baseline?: Baseline
  /** Where finished parts are kept for a run that goes on after this one was stopped. */
  readonly checkpoint?: Checkpoint
  readonly task?: Task
  readonly clock: Clock
}
