import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Work that runs in a process of its own: the name of the file that begins it. */
export type ChildEntry = 'job-worker'

/**
 * Starts a process beside this one. A thread would not do where ONNX Runtime computes: a thread that is ended, or
 * crashes, in the middle of a run takes the whole process with it. Both sides are our own code, so that typed arrays
 * travel as they are. Children run built code only: a test on the sources starts them from `dist`.
 */
export function startChild(entry: ChildEntry): ChildProcess {
  return fork(childFile(entry), {
    serialization: 'advanced',
    execArgv: [],
    // Standard output is the parent's result; what a child prints is talk.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** The built file that a child begins with. */
export function childFile(entry: ChildEntry): string {
  const isSource = import.meta.url.endsWith('.ts')
  const path = isSource ? `../dist/${entry}.js` : `./${entry}.js`
  return fileURLToPath(new URL(path, import.meta.url))
}

/** In the child: nobody waits any more once its parent is gone, and a terminal's Ctrl-C is the parent's to answer. */
export function liveWithParent(): void {
  process.on('disconnect', () => process.exit(1))
  process.on('SIGINT', () => undefined)
}

/** Takes all listeners away and ends the child at once, in whatever it is. */
export function endChild(child: ChildProcess): void {
  for (const event of ['message', 'error', 'exit']) child.removeAllListeners(event)
  child.on('error', () => undefined)
  child.kill('SIGKILL')
}

/** How a child ended, as a clause. */
export function endText(code: number | null, killer: NodeJS.Signals | null): string {
  return killer === null ? `it ended with code ${code}` : `${killer} ended it`
}
