/** Falls from `first` to `last` over the steps along half a cosine (Loshchilov and Hutter 2017, eq. 5). */
export function cosine(step: number, steps: number, first: number, last: number): number {
  return last + ((first - last) * (1 + Math.cos((Math.PI * step) / steps))) / 2
}
