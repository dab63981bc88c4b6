import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import type { SecretReference } from './config.ts'

/** What the process was given by its environment; passed in, so that tests decide it. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The value behind `{ env: NAME }` or `{ file: PATH }`; a text is its own value.
 * @throws ServerError SECRET_MISSING
 */
export async function resolveSecret(
  value: string | SecretReference,
  env: Environment,
  base: string,
): Promise<string> {
  if (typeof value === 'string') return value
  if ('env' in value) {
    const found = env[value.env]
    if (found !== undefined && found !== '') return found
    throw new ServerError('SECRET_MISSING', `the environment variable ${value.env} is not set`)
  }
  const path = resolve(base, value.file)
  try {
    const { size } = await stat(path)
    if (size <= limits.secretBytesMax) return (await readFile(path, 'utf8')).trimEnd()
  } catch (cause) {
    throw new ServerError('SECRET_MISSING', `${path} cannot be read; it should hold a secret`, {
      cause,
    })
  }
  throw new ServerError('SECRET_MISSING', `${path} is too large for a secret`)
}
