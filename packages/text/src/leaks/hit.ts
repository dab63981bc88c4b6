/** What a finder of leaks saw in one view: [from, to) of that view. */
export interface Hit {
  readonly kind: string
  readonly from: number
  readonly to: number
}

/** The text of one view, and what finders ask of it more than once. */
export interface Reader {
  readonly text: string
  readonly lower: string
}

/** Looks for one sort of leak. Its time is linear in the text's length. */
export type Finder = (reader: Reader) => readonly Hit[]
