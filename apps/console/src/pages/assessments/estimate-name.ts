import type { Estimate } from '@merlon/api'
import { formatNumber, formatShare } from '../../format/quantity.ts'

/** What an estimate is of, in words: its name, then the labels that tell it from its neighbours. */
export function estimateName(estimate: Estimate): string {
  const { name, attack, norm, epsilon } = estimate
  const labels = [
    attack === undefined ? undefined : attackName(attack),
    norm === undefined ? undefined : normName(norm),
    epsilon === undefined ? undefined : `ε ${formatNumber(epsilon)}`,
    estimate.class === undefined ? undefined : `class ${estimate.class}`,
    estimate.source,
  ].filter((label) => label !== undefined)
  const words = name.replaceAll(/[-_]/g, ' ')
  const title = words.slice(0, 1).toUpperCase() + words.slice(1)
  return labels.length === 0 ? title : `${title}, ${labels.join(' ')}`
}

/** Whether an estimate is a share of its samples; other figures are distances, losses and the like. */
export function isShare({ method }: Pick<Estimate, 'method'>): boolean {
  return method === 'wilson' || method === 'clopper-pearson'
}

/** A value of an estimate, in the unit that it has: per cent, decibels, or those of the input, which have no sign. */
export function figureText(of: Pick<Estimate, 'method' | 'name'>, value: number): string {
  if (isShare(of)) return formatShare(value)
  return isRatio(of) ? `${formatNumber(value)} dB` : formatNumber(value)
}

/** The unit of what is no share, where its value does not say it. */
export function unitText(of: Pick<Estimate, 'method' | 'name'>): string {
  if (isShare(of) || isRatio(of)) return ''
  return /\bdistance\b/.test(of.name) ? 'in input units' : ''
}

/** Whether the figure is one of the ratios that are written in decibels. */
function isRatio({ name }: Pick<Estimate, 'name'>): boolean {
  return /\b(snr|signal-to-noise)\b/i.test(name)
}

/**
 * Whether a figure is a step on the way to another: what stood after a part of an ensemble, or of what others left. It
 * says nothing of the model alone.
 */
export function isPartial({ name }: Pick<Estimate, 'name'>): boolean {
  return name === 'robust accuracy so far' || name === 'kept of the remaining'
}

/** A norm as it is written in papers. */
export function normName(norm: string): string {
  return { linf: 'L∞', l2: 'L2', l1: 'L1', l0: 'L0' }[norm] ?? norm
}

const acronyms =
  /\b(?:(?:r|mi|ni|di|ti|eot)-)?(?:fgsm|pgd|apgd(?:-(?:ce|dlr|t))?|fab(?:-t)?|bim|cw|ead|ddn|fmn|jsma|spsa|nes|zoo)\b/g

/** An attack's name as it is written in papers, within any words that stand around it. */
export function attackName(attack: string): string {
  return attack
    .replaceAll(acronyms, (name) => name.toUpperCase())
    .replaceAll('autoattack', 'AutoAttack')
    .replaceAll('deepfool', 'DeepFool')
}
