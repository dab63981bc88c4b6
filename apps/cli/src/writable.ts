import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CliError } from './cli-error.ts'
import type { Invocation } from './command.ts'

/**
 * The path of a file that an option names, if it was given. Its folder is checked before the work, not after it.
 * @throws CliError FILE_UNWRITABLE
 */
export async function plannedFile(
  { options, world }: Pick<Invocation, 'options' | 'world'>,
  name: string,
): Promise<string | undefined> {
  const typed = options.text(name)
  if (typed === undefined) return undefined
  const path = resolve(world.cwd, typed)
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    const message = `${path} cannot be written: its folder does not exist or is closed; make it or name another`
    throw new CliError('FILE_UNWRITABLE', message, { cause })
  })
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new CliError('FILE_UNWRITABLE', `${path} is a folder; name a file in it`)
  }
  return path
}
