/** Counts that say whether an attack's failure means anything. They add up over batches. */
export interface AttackEvidence {
  readonly samples: number
  /** Samples whose gradient was zero in every component where the attack began. */
  readonly zeroGradients: number
  /** Those of them that the attack did not fool: it never had a direction to go. */
  readonly zeroGradientsStanding: number
  /** Samples whose loss or gradient was NaN or infinite at some point. */
  readonly notFinite: number
  /** Samples not fooled on which no attempt had a higher loss than the first evaluation. */
  readonly lossNeverRose: number
  /** Samples with a component outside the declared range before the attack. */
  readonly outsideRange: number
  /** Components that the steps moved, and those of them that the range then cut. */
  readonly componentsMoved: number
  readonly componentsClipped: number
  /** The longest way that a result is from its sample, checked anew in double precision. */
  readonly distanceMax: number
}

export const noEvidence: AttackEvidence = {
  samples: 0,
  zeroGradients: 0,
  zeroGradientsStanding: 0,
  notFinite: 0,
  lossNeverRose: 0,
  outsideRange: 0,
  componentsMoved: 0,
  componentsClipped: 0,
  distanceMax: 0,
}

/** The evidence of two batches together. */
export function mergeEvidence(a: AttackEvidence, b: AttackEvidence): AttackEvidence {
  return {
    samples: a.samples + b.samples,
    zeroGradients: a.zeroGradients + b.zeroGradients,
    zeroGradientsStanding: a.zeroGradientsStanding + b.zeroGradientsStanding,
    notFinite: a.notFinite + b.notFinite,
    lossNeverRose: a.lossNeverRose + b.lossNeverRose,
    outsideRange: a.outsideRange + b.outsideRange,
    componentsMoved: a.componentsMoved + b.componentsMoved,
    componentsClipped: a.componentsClipped + b.componentsClipped,
    distanceMax: Math.max(a.distanceMax, b.distanceMax),
  }
}
