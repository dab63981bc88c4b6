import type { GradientAccess, LabelAccess, ScoreAccess } from '@merlon/model'
import type { Norm } from '@merlon/tensor'
import type { AttackFunction, AttackParameters } from './attack.ts'

/** One option of an attack, as the command line and the docs show it. */
export interface ParameterDeclaration {
  readonly type: 'integer' | 'number' | 'boolean' | 'choice'
  /** As text, because a default may depend on other options. */
  readonly default: string
  /** Inclusive, for numbers. */
  readonly range?: readonly [low: number, high: number]
  /** The words that a choice is among. */
  readonly choices?: readonly string[]
  readonly meaning: string
}

/** What every attack says of itself: the one source for the command line, `assess` and the docs. */
interface AttackTraits {
  readonly title: string
  /** One sentence that says how it works. */
  readonly summary: string
  /** `bounded`: the most damage within epsilon. `minimal`: the nearest sample that fools, within epsilon. */
  readonly goal: 'bounded' | 'minimal'
  readonly norms: readonly Norm[]
  readonly parameters: Readonly<Partial<Record<keyof AttackParameters, ParameterDeclaration>>>
  readonly paper: { readonly text: string; readonly url: string }
  /** The most model evaluations that it spends on a sample of a model with so many classes. */
  readonly queriesPerSample: (parameters: AttackParameters, classes: number) => number
  /** The same as text. */
  readonly cost: string
}

/** An attack and what it says of itself. `access` is the least that the adversary is assumed to have. */
export type Attack = AttackTraits &
  (
    | { readonly access: 'labels'; readonly run: AttackFunction<LabelAccess> }
    | { readonly access: 'scores'; readonly run: AttackFunction<ScoreAccess> }
    | { readonly access: 'gradients'; readonly run: AttackFunction<GradientAccess> }
  )
