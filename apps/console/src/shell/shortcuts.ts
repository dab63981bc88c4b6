/** Where `g` and a letter go. */
export const jumps = {
  o: { to: '/', title: 'Overview' },
  m: { to: '/models', title: 'Models' },
  a: { to: '/assessments', title: 'Assessments' },
  g: { to: '/gateway', title: 'Gateway' },
  k: { to: '/gateway/keys', title: 'API keys' },
  l: { to: '/audit', title: 'Audit log' },
} as const satisfies Record<string, { readonly to: string; readonly title: string }>

export type JumpTarget = (typeof jumps)[keyof typeof jumps]['to']

/** What a key asks of the shell. */
export type ShellCommand =
  | { readonly kind: 'jump'; readonly to: JumpTarget }
  | { readonly kind: 'palette' }
  | { readonly kind: 'help' }
  | { readonly kind: 'filter' }

/** A key press, as far as shortcuts care. */
export interface Stroke {
  readonly key: string
  readonly hasModifier: boolean
  /** Ctrl or Cmd, alone. */
  readonly isCommand: boolean
  /** The focus is in a text field, so that letters are text. */
  readonly isTyping: boolean
  readonly at: number
}

/** When `g` was pressed, if its second letter is still awaited. */
export interface ShortcutState {
  readonly leaderAt: number | null
}

const leaderMs = 1500

/** One step of the shortcut machine: what the stroke asks for, and what is awaited after it. */
export function stepShortcut(
  state: ShortcutState,
  stroke: Stroke,
  singleKeys: boolean,
): { readonly state: ShortcutState; readonly command?: ShellCommand } {
  const idle = { state: { leaderAt: null } }
  if (stroke.isCommand && stroke.key.toLowerCase() === 'k') {
    return { ...idle, command: { kind: 'palette' } }
  }
  if (!singleKeys || stroke.hasModifier || stroke.isTyping) return idle
  if (state.leaderAt !== null && stroke.at - state.leaderAt <= leaderMs) {
    const jump = Object.hasOwn(jumps, stroke.key)
      ? jumps[stroke.key as keyof typeof jumps]
      : undefined
    return jump === undefined ? idle : { ...idle, command: { kind: 'jump', to: jump.to } }
  }
  if (stroke.key === 'g') return { state: { leaderAt: stroke.at } }
  if (stroke.key === '?') return { ...idle, command: { kind: 'help' } }
  if (stroke.key === '/') return { ...idle, command: { kind: 'filter' } }
  return idle
}
