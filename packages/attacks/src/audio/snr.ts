import { row, type Tensor } from '@merlon/tensor'

/**
 * The signal-to-noise ratio of sample i in decibels: 10 log10 of the sample's energy over that of what was added to it. A
 * sample that nothing was added to has Infinity, and a silent one that something was added to -Infinity.
 */
export function snrDecibels(adversarial: Tensor, clean: Tensor, i: number): number {
  const signal = row(clean, i)
  const made = row(adversarial, i)
  let power = 0
  let added = 0
  for (let k = 0; k < signal.length; k++) {
    power += signal[k]! ** 2
    added += (made[k]! - signal[k]!) ** 2
  }
  return added === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(power / added)
}

/** The l2 radius around sample i within which its signal-to-noise ratio is at least so many decibels. */
export function radiusOfSnr(clean: Tensor, i: number, decibels: number): number {
  const power = row(clean, i).reduce((sum, value) => sum + value * value, 0)
  return Math.sqrt(power) * 10 ** (-decibels / 20)
}
