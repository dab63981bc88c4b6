import type { Conclusion, Severity } from '@merlon/core'
import picocolors from 'picocolors'
import type { Sink, World } from './world.ts'

/** Colours, or their absence; never the only carrier of a meaning. */
export interface Paint {
  readonly isColoured: boolean
  /** How wide a line may be; `undefined` where the reader is a program. */
  readonly width: number | undefined
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  accent(text: string): string
  severity(severity: Severity): string
  verdict(conclusion: Conclusion): string
}

/** The flag wins over NO_COLOR and FORCE_COLOR, and those over what the sink is. */
export function paintFor(sink: Sink, { env }: World, flag: boolean | undefined): Paint {
  const isColoured = flag ?? colourByWorld(sink, env)
  const colours = picocolors.createColors(isColoured)
  const { bold, dim, green, red, yellow, cyan } = colours
  const bySeverity = {
    critical: (text: string) => bold(red(text)),
    high: red,
    medium: yellow,
    low: cyan,
    info: dim,
  } as const satisfies Record<Severity, (text: string) => string>
  const byVerdict = { clean: green, findings: red, incomplete: yellow, error: red } as const
  return {
    isColoured,
    width: sink.isTTY ? sink.columns : undefined,
    bold,
    dim,
    good: green,
    bad: red,
    warn: yellow,
    accent: cyan,
    severity: (severity) => bySeverity[severity](severity),
    verdict: ({ verdict, exitCode }) =>
      `${bold(byVerdict[verdict](verdict))} ${dim(`(exit code ${exitCode})`)}`,
  }
}

function colourByWorld(sink: Sink, env: World['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return true
  return sink.isTTY && env.TERM !== 'dumb'
}
