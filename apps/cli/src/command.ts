import type { Estimate, FailOn, Finding, Json, ReportInput, Skipped, Task } from '@merlon/core'
import type { Options } from './options.ts'
import type { Paint } from './paint.ts'
import type { Ui } from './ui.ts'
import type { World } from './world.ts'

/** How the text after an option is read. */
export type OptionKind =
  | { readonly kind: 'flag' }
  | { readonly kind: 'text' }
  /** Comma-separated, or the option given several times. */
  | { readonly kind: 'list' }
  | { readonly kind: 'integer'; readonly range: readonly [low: number, high: number] }
  /** A whole number, or the word `all`. */
  | { readonly kind: 'count'; readonly range: readonly [low: number, high: number] }
  | { readonly kind: 'number'; readonly range: readonly [low: number, high: number] }
  | { readonly kind: 'numbers'; readonly range: readonly [low: number, high: number] }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }

/** One option as a row: the parser, the help, the completion and the reference are made from it. */
export type OptionSpec = OptionKind & {
  /** As commander reads it: `-d, --data <PATH>`. */
  readonly flags: string
  readonly summary: string
  /** As typed; said in the help and used when the option is absent. */
  readonly default?: string
  readonly isRequired?: boolean
}

export interface OperandSpec {
  /** `<NAME>` is needed, `[NAME]` is not. */
  readonly name: string
  readonly summary: string
  readonly choices?: readonly string[]
  /** Words that the completion offers, or the catalogue's names, where the command itself judges what was typed. */
  readonly offers?: readonly string[] | 'attacks'
}

export interface Example {
  readonly line: string
  readonly meaning: string
}

/** One command as a row. Its code is imported only when it runs. */
export interface CommandSpec {
  /** `key create`; the schema of its JSON is `merlon/key-create/v1`. */
  readonly path: string
  readonly summary: string
  readonly examples: readonly [Example, Example, ...Example[]]
  readonly operands: readonly OperandSpec[]
  readonly options: readonly OptionSpec[]
  /** Options that are known only once the operands are; `all` asks for every one there is. */
  readonly moreOptions?: (words: readonly string[] | 'all') => Promise<readonly OptionSpec[]>
  readonly load: () => Promise<CommandModule>
}

export interface CommandModule {
  run(invocation: Invocation): Promise<Outcome>
}

/** One call of a command. */
export interface Invocation {
  readonly operands: readonly (string | undefined)[]
  readonly options: Options
  readonly world: World
  readonly ui: Ui
  readonly task: Task
  readonly failOn: FailOn
  /** Prints an outcome now; for a command that goes on after it. */
  readonly print: (outcome: Outcome) => void
}

/** What a command came to. The verdict and the exit code are not in it: `main` makes them. */
export interface Outcome {
  readonly findings?: readonly Finding[]
  readonly estimates?: readonly Estimate[]
  readonly skipped?: readonly Skipped[]
  readonly seed?: number
  readonly inputs?: readonly ReportInput[]
  readonly isInterrupted?: boolean
  /** What the command adds to the envelope. */
  readonly data: { readonly [name: string]: Json }
  /** Lines for people. Without it nothing is printed, because `print` did it. */
  readonly text?: (paint: Paint) => readonly string[]
  /** True where the command judges something, so that its last line is the verdict. */
  readonly isVerdict?: boolean
  /** Commands to type next. */
  readonly next?: readonly string[]
}
