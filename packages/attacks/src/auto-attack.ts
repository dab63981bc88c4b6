import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { rows, type Tensor } from '@merlon/tensor'
import { type Assault, beginAssault, endAssault, shareOf, standing } from './assault.ts'
import type { AttackParameters, AttackPart, AttackResult, Ball } from './attack.ts'
import type { Attack } from './declaration.ts'
import { apgdCeAttack, climbFromStarts } from './gradient/apgd.ts'
import { apgdParameters, targetsParameter } from './gradient/apgd-parameters.ts'
import { apgdTargetedAttack, climbToTargets } from './gradient/apgd-t.ts'
import { fabOnStanding, fabTargetedAttack } from './gradient/fab.ts'
import { squareAttack, squareParameters, squaresOnStanding } from './score/square.ts'

export interface AutoAttackOptions extends Ball {
  readonly random: Random
  /** Of APGD and FAB; 100 unless given. */
  readonly steps?: number
  /** Of APGD and FAB; 1 unless given. */
  readonly restarts?: number
  /** Classes that APGD-T and FAB-T lead to; 9 unless given. */
  readonly targets?: number
  /** Of Square; 5000 unless given. */
  readonly queries?: number
}

/** One attack of the ensemble, as it runs on the samples that still stand. */
interface Part {
  readonly attack: string
  readonly queriesPerSample: Attack['queriesPerSample']
  readonly run: (assault: Assault<GradientAccess>, options: AttackParameters) => Promise<void>
}

/** AutoAttack's standard version. */
const standard: readonly Part[] = [
  {
    attack: 'apgd-ce',
    queriesPerSample: apgdCeAttack.queriesPerSample,
    run: (assault, options) => climbFromStarts(assault, { ...options, loss: 'cross-entropy' }),
  },
  {
    attack: 'apgd-t',
    queriesPerSample: apgdTargetedAttack.queriesPerSample,
    run: climbToTargets,
  },
  {
    attack: 'fab-t',
    queriesPerSample: fabTargetedAttack.queriesPerSample,
    run: fabOnStanding,
  },
  {
    attack: 'square',
    queriesPerSample: squareAttack.queriesPerSample,
    run: squaresOnStanding,
  },
]

/**
 * AutoAttack, standard version (Croce and Hein 2020): automatic PGD on the cross-entropy and towards nine classes, the
 * targeted fast adaptive boundary attack and the Square attack, each on what the ones before it left standing. The
 * result's `parts` say what each of them came to.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function autoAttack(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  { norm, epsilon, range, random, ...options }: AutoAttackOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const assault = beginAssault(model, batch, labels, { norm, epsilon, range, random }, task)
  const { steps = 100, restarts = 1, targets = 9, queries = 5000 } = options
  const own = { steps, restarts, targets, queries }
  const shares = standard.map((part) => part.queriesPerSample(own, model.classes))
  const total = shares.reduce((sum, share) => sum + share, 0)
  const parts: AttackPart[] = []
  let done = 0
  for (const [k, { attack, run }] of standard.entries()) {
    const before = assault.watch.queries()
    if (rows(batch) > 0) task.signal.throwIfAborted()
    await run({ ...assault, task: shareOf(task, done, shares[k]!, total) }, own)
    done += shares[k]!
    const isStanding = new Set(standing(assault))
    parts.push({
      attack,
      isAdversarial: Array.from(labels, (_, i) => !isStanding.has(i)),
      queries: assault.watch.queries() - before,
    })
  }
  const few = `apgd-t climbed the targeted margin: ${model.classes} classes are too few for targeted dlr`
  return { ...endAssault(assault), parts, notes: model.classes < 4 ? [few] : [] }
}

export const autoAttackAttack: Attack = {
  title: 'AutoAttack, standard version',
  summary:
    'Four attacks that need no tuning and fail in different ways, each on the samples that the ones before it left standing.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['linf', 'l2'],
  parameters: {
    steps: { ...apgdParameters.steps, meaning: 'steps of each run of apgd-ce, apgd-t and fab-t' },
    restarts: { ...apgdParameters.restarts, meaning: 'runs of apgd-ce, apgd-t and fab-t' },
    targets: targetsParameter,
    queries: { ...squareParameters.queries, meaning: 'evaluations of square on a sample at most' },
  },
  paper: {
    text: 'Croce and Hein (2020), Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks, section 6',
    url: 'https://arxiv.org/abs/2003.01690',
  },
  queriesPerSample: (parameters, classes) =>
    standard.reduce(
      (sum, part) => sum + part.queriesPerSample({ restarts: 1, ...parameters }, classes),
      0,
    ),
  cost: 'those of apgd-ce, apgd-t, fab-t and square together, fewer for samples that fall early',
  run: autoAttack,
}
