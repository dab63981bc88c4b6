import type { GradientBuilder } from './gradient-builder.ts'

/**
 * What to know of a gradient. `straight-through`: nodes that round were taken for the identity, so it is an estimate
 * (Athalye et al. 2018 call it BPDA). `flat`: ways through these nodes added nothing, because they rise in steps; the
 * gradient is exact, but an attack that follows it does not see what they do. `estimated`: nothing was derived; `operator`
 * names the method and `nodes` counts its directions.
 */
export interface GradientNote {
  readonly kind: 'straight-through' | 'flat' | 'estimated'
  readonly operator: string
  readonly nodes: number
}

/** What the derivation met on its way, by operator. */
export function notesOf({ passed, flat }: GradientBuilder): GradientNote[] {
  const listed = (kind: GradientNote['kind'], counts: ReadonlyMap<string, number>) =>
    [...counts].map(([operator, nodes]) => ({ kind, operator, nodes }))
  return [...listed('straight-through', passed), ...listed('flat', flat)]
}
