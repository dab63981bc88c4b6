/** Four to eight round numbers from 0 to the end, for an axis. */
export function ticksUpTo(end: number): number[] {
  if (!(end > 0)) return [0]
  const rough = end / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, k) => k * step)
}
