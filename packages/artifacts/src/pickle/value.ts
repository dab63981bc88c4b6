/** What the machine knows of a Python value: enough to judge calls, and never the bytes themselves. */
export type Value =
  | { readonly kind: 'mark' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'number'; readonly text: string }
  | Text
  | { readonly kind: 'bytes'; readonly start: number; readonly end: number }
  | Global
  | { readonly kind: 'tuple'; readonly items: readonly Value[]; readonly length: number }
  | { readonly kind: 'made'; readonly by: Value }

/** A string, as a place in the file: it is decoded only where it names something. */
export interface Text {
  readonly kind: 'text'
  readonly start: number
  readonly end: number
  readonly form: 'utf-8' | 'raw-unicode-escape' | 'string-escape'
}

/** Something imported: after `getattr`, with the attribute behind a dot. */
export interface Global {
  readonly kind: 'global'
  readonly module: string
  readonly name: string
}

/** Numbers, None, lists, dictionaries, sets: nothing that could be called. */
export const plain: Value = { kind: 'plain' }
/** What MARK pushes. */
export const mark: Value = { kind: 'mark' }
