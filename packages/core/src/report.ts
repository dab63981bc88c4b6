import type { Skipped } from './check-result.ts'
import type { Conclusion } from './conclusion.ts'
import type { Estimate } from './estimate.ts'
import type { Finding } from './finding.ts'

/** A file that a run read, and the digest that makes the run replayable. */
export interface ReportInput {
  readonly path: string
  /** Lower-case hex. */
  readonly sha256: string
}

/** One sign that a measurement can or cannot be trusted, such as the share of vanished gradients. */
export interface HealthCheck {
  /** And at which epsilon, where a run has several. */
  readonly attack: string
  readonly name: string
  readonly isHealthy: boolean
  readonly value: number
  readonly threshold: number
  /** One sentence that says what the value means. */
  readonly meaning: string
}

/** Row-major 8-bit pixels; `pixels.length === width * height * channels`. */
export interface Picture {
  readonly alt: string
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly pixels: Uint8Array
}

/** A table of pictures: one row per sample, one column per heading. */
export interface Illustration {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly label: string; readonly pictures: readonly Picture[] }[]
}

/** Figures along an axis, a line for each series; each point is a whole estimate, with its count and its interval. */
export interface Curve {
  readonly title: string
  /** Which label of the points the axis shows. */
  readonly axis: 'epsilon' | 'class'
  /** Points in the axis' order. */
  readonly series: readonly { readonly name: string; readonly points: readonly Estimate[] }[]
}

/** The result of one run: what was found, measured and skipped, replayable from its seed and its inputs. */
export interface Report extends Conclusion {
  /** `merlon/<command>/v1` */
  readonly schema: `merlon/${string}/v1`
  readonly title: string
  readonly findings: readonly Finding[]
  readonly estimates: readonly Estimate[]
  readonly skipped: readonly Skipped[]
  readonly health: readonly HealthCheck[]
  readonly illustrations: readonly Illustration[]
  /** What is drawn as plots; absent where nothing is. */
  readonly curves?: readonly Curve[]
  readonly seed: number
  readonly inputs: readonly ReportInput[]
  /** The options of the run, by flag name, as text. */
  readonly options: Readonly<Record<string, string>>
  readonly tool: { readonly name: 'merlon'; readonly version: string }
  /** ISO 8601, UTC. Only this and `durationMs` differ between two runs with one seed. */
  readonly startedAt: string
  readonly durationMs: number
}
