import { type Clock, exitCodes } from '@merlon/core'

/** Where text goes. `stream` is there only for a terminal, because progress bars move its cursor. */
export interface Sink {
  write(text: string): void
  readonly isTTY: boolean
  readonly columns: number
  readonly stream?: NodeJS.WriteStream
}

/** Everything that a command may touch outside of its arguments, so that tests decide it. */
export interface World {
  readonly stdout: Sink
  readonly stderr: Sink
  /** All of standard input as UTF-8 text, up to a number of bytes; `undefined` where it is longer. */
  readStdin(bytesMax: number): Promise<string | undefined>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** Calls back on Ctrl-C and on a polite kill; returns the way to stop listening. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
}

/** The process that this is. */
export function processWorld(): World {
  return {
    stdout: sinkOf(process.stdout, 'standard output'),
    stderr: sinkOf(process.stderr, 'standard error'),
    readStdin,
    env: process.env,
    cwd: process.cwd(),
    clock: Date.now,
    onSignal(listener) {
      process.on('SIGINT', listener)
      process.on('SIGTERM', listener)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', listener)
      }
    },
  }
}

async function readStdin(bytesMax: number): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of process.stdin) {
    parts.push(part)
    bytes += part.length
    if (bytes > bytesMax) return undefined
  }
  return Buffer.concat(parts).toString('utf8')
}

function sinkOf(stream: NodeJS.WriteStream, name: string): Sink {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    // `merlon ... | head` closes the pipe early: that is the reader's right, not an error.
    if (code === 'EPIPE') return
    const message = `${name} cannot be written (${code}); check the space on its disk`
    if (stream !== process.stderr) process.stderr.write(`error FILE_UNWRITABLE: ${message}\n`)
    // The result was lost: whatever main came to, this run has failed.
    process.exit(exitCodes.error)
  })
  const isTTY = stream.isTTY === true
  return {
    write: (text) => void stream.write(text),
    isTTY,
    // Some pseudo-terminals say that they have no columns at all.
    columns: stream.columns > 0 ? stream.columns : columnsDefault,
    ...(isTTY ? { stream } : {}),
  }
}

const columnsDefault = 100
