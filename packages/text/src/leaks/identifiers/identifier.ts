/** A kind of personal identifier: how it looks, and the arithmetic that tells it from other numbers. */
export interface Identifier {
  readonly kind: string
  /** Between characters that are no part of a word. A chain of bounded pieces, so that matching is linear. */
  readonly form: string
  /** What its issuer lets through; given the characters without separators, in capitals. */
  readonly isValid: (compact: string) => boolean
  /**
   * Where others share the form and chance passes the arithmetic, one of these words, in lower case,
   * must stand near. Absent: the identifier speaks for itself.
   */
  readonly near?: readonly string[]
  /** Upper and lower case are different characters. */
  readonly isCaseSensitive?: true
}
