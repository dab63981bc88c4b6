/** A sample that fell, kept to be shown. */
export interface Example {
  readonly index: number
  readonly label: number
  readonly answered: number
  readonly original: Float32Array
  readonly adversarial: Float32Array
}

/** Where an example of a class goes: at the end, or in place of a second one of a class that is shown already. */
export function placeFor(
  label: number,
  shown: readonly Example[],
  examplesMax: number,
): number | undefined {
  if (shown.length < examplesMax) return shown.length
  if (shown.some((example) => example.label === label)) return undefined
  const second = shown.findIndex(
    (example, i) => shown.findIndex((other) => other.label === example.label) < i,
  )
  return second === -1 ? undefined : second
}
