/** Long work is polite: it stops on `signal` and reports progress by calling a function. It never prints. */
export interface Task {
  readonly signal: AbortSignal
  readonly progress: (done: number, total: number) => void
}

/** A task that nobody watches and nobody stops. */
export const unattended: Task = {
  signal: new AbortController().signal,
  progress: () => undefined,
}
