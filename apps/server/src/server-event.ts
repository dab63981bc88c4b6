/** What long work says while it goes on. Nothing here prints: who starts the work renders it. */
export type ServerEvent =
  | { readonly kind: 'step' | 'note' | 'warning'; readonly text: string }
  /** A bar of its own; it ends when `done` reaches `total`. */
  | {
      readonly kind: 'progress'
      readonly text: string
      readonly done: number
      readonly total: number
    }

export type Tell = (event: ServerEvent) => void

/** Tells a problem that loses nothing as a warning. */
export function warn(tell: Tell): (problem: Error) => void {
  return ({ message }) => tell({ kind: 'warning', text: message })
}
