/** How the learning rate goes over the steps of a training, as a factor of the stated rate by progress t in [0, 1]. */
const schedules = {
  constant: () => 1,
  // A tenth after half and again after three quarters of the steps (He et al. 2016, section 4.2).
  step: (t: number) => 0.1 ** (Number(t >= 0.5) + Number(t >= 0.75)),
  // Half a cosine from the full rate to nothing (Loshchilov and Hutter 2017, eq. 5, without restarts).
  cosine: (t: number) => (1 + Math.cos(Math.PI * t)) / 2,
  // Up by a half cosine from 1/25 during the first 30 %, then down to 1/250,000 (Smith and Topin 2018; PyTorch's constants).
  'one-cycle': (t: number) =>
    t < warmUp ? between(1 / 25, 1, t / warmUp) : between(1, 4e-6, (t - warmUp) / (1 - warmUp)),
  // Up in a line from 1/100 during the first tenth, then half a cosine down (Goyal et al. 2017, section 2.2).
  'warm-up': (t: number) =>
    t < firstTenth
      ? 0.01 + (0.99 * t) / firstTenth
      : (1 + Math.cos((Math.PI * (t - firstTenth)) / (1 - firstTenth))) / 2,
} as const

export type ScheduleName = keyof typeof schedules
/** The names of the schedules. */
export const scheduleNames = Object.keys(schedules) as readonly ScheduleName[] // its own keys

const warmUp = 0.3
const firstTenth = 0.1

function between(from: number, to: number, t: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * t))
}

/** The learning rate of step 0 .. steps - 1. */
export function rateAt(
  schedule: ScheduleName,
  learningRate: number,
  step: number,
  steps: number,
): number {
  return learningRate * schedules[schedule](step / steps)
}
