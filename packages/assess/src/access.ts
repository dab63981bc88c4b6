import type {
  Attack,
  AttackFunction,
  GradientAccess,
  LabelAccess,
  ScoreAccess,
} from '@merlon/attacks'

/** What the adversary may ask of a model; each level includes the ones before. */
export type AccessLevel = Attack['access']

const levels: readonly AccessLevel[] = ['labels', 'scores', 'gradients']

/** What the model itself can be asked. */
export function accessOf(model: LabelAccess): AccessLevel {
  if (givesGradients(model)) return 'gradients'
  return givesScores(model) ? 'scores' : 'labels'
}

/** True if an adversary with `has` may do what needs `needed`. */
export function isGiven(needed: AccessLevel, has: AccessLevel): boolean {
  return levels.indexOf(needed) <= levels.indexOf(has)
}

/** The attack on this model, or `undefined` where the model does not give what it asks for. */
export function attackOn(attack: Attack, model: LabelAccess): BoundAttack | undefined {
  switch (attack.access) {
    case 'labels':
      return (...rest) => attack.run(model, ...rest)
    case 'scores':
      return givesScores(model) ? (...rest) => attack.run(model, ...rest) : undefined
    case 'gradients':
      return givesGradients(model) ? (...rest) => attack.run(model, ...rest) : undefined
  }
}

type BoundAttack = (
  ...rest: Parameters<AttackFunction> extends [unknown, ...infer Rest] ? Rest : never
) => ReturnType<AttackFunction>

/** @returns true for a model that answers scores */
export function givesScores(model: LabelAccess): model is ScoreAccess {
  return 'scores' in model
}

/** @returns true for a model that can be differentiated, or says that it can */
export function givesGradients(model: LabelAccess): model is GradientAccess {
  return 'lossGradient' in model
}

/** The model for an adversary who may only ask so much, whatever it could answer. */
export function limitedTo(model: LabelAccess, level: AccessLevel): LabelAccess {
  const { inputShape, classes } = model
  const labels = (batch: Parameters<LabelAccess['labels']>[0]) => model.labels(batch)
  if (level === 'labels' || !givesScores(model)) return { inputShape, classes, labels }
  if (level === 'gradients') return model
  const scores: ScoreAccess['scores'] = (batch) => model.scores(batch)
  const limited: ScoreAccess = { inputShape, classes, labels, scores }
  return limited
}
