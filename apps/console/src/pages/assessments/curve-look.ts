import plot from './curves.module.css'

const looks = [plot.first, plot.second, plot.third, plot.fourth, plot.fifth, plot.sixth]

/** The look of a series: colour and dashes together, so that neither is needed alone. */
export function lookOf(series: number): string {
  return looks[series % looks.length] ?? ''
}
