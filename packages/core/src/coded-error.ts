/**
 * Bad input or a failing world, with a stable code that `merlon explain CODE` documents.
 * The message says what was wrong, where, and what to do, in lower case without a full stop;
 * it never holds secrets or user data. Each package has one subclass with a closed set of codes.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}
