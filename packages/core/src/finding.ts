import type { Severity } from './severity.ts'

/** Where a finding is. Each kind carries just what is needed to go there. */
export type Place =
  | { readonly kind: 'file'; readonly path: string; readonly byteOffset?: number }
  | {
      readonly kind: 'line'
      readonly path: string
      readonly line: number
      readonly column?: number
    }
  | { readonly kind: 'model'; readonly path: string; readonly node?: string }
  | { readonly kind: 'sample'; readonly path: string; readonly index: number }
  | { readonly kind: 'record'; readonly log: string; readonly index: number }
  | { readonly kind: 'route'; readonly route: string }

/** A page of a public catalogue that explains the finding. */
export interface Reference {
  readonly catalogue: 'ATLAS' | 'OWASP-ML' | 'OWASP-LLM' | 'NIST' | 'CWE' | 'CVE'
  /** The catalogue's own identifier, such as `AML.T0043`. */
  readonly id: string
  readonly title: string
}

/** One thing wrong: what, where, how bad, how we know, what to do. */
export interface Finding {
  /** Stable across runs over the same input, so that baselines and suppressions can name it. */
  readonly id: string
  /** The rule's code, such as `evasion/linf`; `merlon explain` prints its page. */
  readonly rule: string
  readonly severity: Severity
  /** One sentence that says what is wrong. */
  readonly title: string
  readonly place: Place
  /** What was measured or seen. Hostile text: writers escape it. */
  readonly evidence: string
  readonly fix: string
  readonly references: readonly Reference[]
  /**
   * What overrides the severity: `fails` the run, as a gate of the user's own does, or `accepted`, because the baseline
   * has it too. Absent: the severity decides.
   */
  readonly effect?: 'fails' | 'accepted'
}

/** A place as one line of text, as terminals and reports print it. */
export function placeText(place: Place): string {
  switch (place.kind) {
    case 'file':
      return place.byteOffset === undefined
        ? place.path
        : `${place.path} @ byte ${place.byteOffset}`
    case 'line':
      return `${place.path}:${place.line}${place.column === undefined ? '' : `:${place.column}`}`
    case 'model':
      return place.node === undefined ? place.path : `${place.path} (node ${place.node})`
    case 'sample':
      return `${place.path} [sample ${place.index}]`
    case 'record':
      return `${place.log} [record ${place.index}]`
    case 'route':
      return place.route
  }
}
