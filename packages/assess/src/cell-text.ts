import type { Norm } from '@merlon/tensor'
import type { Cell } from './campaign.ts'

/** A run as lists name it: `pgd (linf, epsilon 0.3)`. */
export function cellText({ attack, norm, epsilon }: Cell): string {
  return runText(attack, norm, epsilon)
}

/** The same from its parts; Infinity is an attack of minimal distance. */
export function runText(attack: string, norm: Norm, epsilon: number): string {
  return Number.isFinite(epsilon)
    ? `${attack} (${norm}, epsilon ${epsilon})`
    : `${attack} (${norm}, as near as it gets)`
}
