import { lstat, readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { artifactLimits } from '@merlon/artifacts'
import type { Skipped } from '@merlon/core'
import { CliError } from './cli-error.ts'

/** The files that a scan is about, and what lies beside them that it leaves out. */
export interface ScannedPaths {
  readonly files: readonly string[]
  readonly skipped: readonly Skipped[]
}

/**
 * The files named, and all below the folders named, in a stable order. A link is not followed, but listed.
 * @throws CliError FILE_UNREADABLE
 */
export async function scannedPaths(cwd: string, named: readonly string[]): Promise<ScannedPaths> {
  const files: string[] = []
  const skipped: Skipped[] = []
  const visit = async (path: string): Promise<void> => {
    if (files.length >= artifactLimits.filesMax) {
      if (skipped.at(-1)?.what !== 'files') {
        skipped.push({ what: 'files', why: `there are more than ${artifactLimits.filesMax}` })
      }
      return
    }
    const found = await lstat(path).catch((cause: unknown) => {
      const message = `${path} cannot be read; check the path`
      throw new CliError('FILE_UNREADABLE', message, { cause })
    })
    const what = relative(cwd, path) || path
    if (found.isFile()) files.push(path)
    else if (found.isDirectory()) {
      const names = await readdir(path)
      for (const name of names.sort()) await visit(join(path, name))
      if (names.length === 0) skipped.push({ what, why: 'the folder is empty' })
    } else skipped.push({ what, why: 'it is a link or a device, which a scan does not follow' })
  }
  for (const path of named) await visit(resolve(cwd, path))
  return { files: [...new Set(files)], skipped }
}
