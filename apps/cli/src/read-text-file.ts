import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError } from './cli-error.ts'

const bytesMax = 64 * 2 ** 20

/**
 * The text of a file that an option names, if it was given.
 * @throws CliError FILE_UNREADABLE
 */
export async function readTextFile(
  cwd: string,
  typed: string | undefined,
): Promise<string | undefined> {
  if (typed === undefined) return undefined
  const path = resolve(cwd, typed)
  try {
    if ((await stat(path)).size > bytesMax) {
      throw new CliError('FILE_UNREADABLE', `${path} is larger than ${bytesMax} bytes`)
    }
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('FILE_UNREADABLE', `${path} cannot be read; check the path and its rights`, {
      cause,
    })
  }
}
