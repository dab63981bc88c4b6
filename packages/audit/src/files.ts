import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCode } from './audit-error.ts'
import { limits } from './limits.ts'

/** A file to be written: its path below some folder, and its bytes. */
export interface NewFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** The folder of the log that holds half-written files; what is left there after a crash is worthless. */
export const draftFolder = 'tmp'
const draftPrefix = '.draft-'

/**
 * Writes files so that each is there whole or not at all, even after a power failure: a draft is
 * written and synced, then renamed, then the folders are synced. Existing files are replaced.
 */
export async function writeFilesDurably(
  folder: string,
  files: readonly NewFile[],
  drafts = draftFolder,
): Promise<void> {
  const folders = new Set<string>()
  for (let start = 0; start < files.length; start += limits.filesAtOnceMax) {
    const some = files.slice(start, start + limits.filesAtOnceMax)
    for (const { path } of some) await makeFolders(folder, dirname(path), folders)
    await Promise.all(
      some.map((file, i) =>
        replaceFile(
          folder,
          file,
          join(folder, drafts, `${draftPrefix}${start + i}-${process.pid}`),
        ),
      ),
    )
  }
  await Promise.all([...folders].map(syncFolder))
}

/** Removes what a writer that stopped in the middle left in the folder of half-written files. */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await namesIn(join(folder, draftFolder))) {
    if (name.startsWith(draftPrefix)) await rm(join(folder, draftFolder, name), { force: true })
  }
}

/** Syncs a folder, so that names made or removed in it survive a power failure. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The bytes of a file, or `undefined` if there is no such file. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  return orAbsent(readFile(path))
}

/** The names in a folder, or none if there is no such folder. */
export async function namesIn(path: string): Promise<string[]> {
  return (await orAbsent(readdir(path))) ?? []
}

/** The text of a checkpoint file, or `undefined` if there is none; damaged UTF-8 throws. */
export async function readNote(path: string): Promise<{ note: string; at: number } | undefined> {
  const status = await orAbsent(stat(path))
  if (status === undefined) return undefined
  if (status.size > limits.checkpointBytesMax)
    throw new Error('the file is too long to be a checkpoint')
  const bytes = await readIfThere(path)
  if (bytes === undefined) return undefined
  const note = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  return { note, at: Math.round(status.mtimeMs) }
}

async function replaceFile(folder: string, { path, bytes }: NewFile, draft: string): Promise<void> {
  const file = await open(draft, 'w', 0o640)
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } catch (error) {
    await file.close()
    await rm(draft, { force: true })
    throw error
  }
  await file.close()
  await rename(draft, join(folder, path))
}

/** Makes `path` below `folder`, and notes every folder on the way for syncing. */
async function makeFolders(folder: string, path: string, noted: Set<string>): Promise<void> {
  const whole = join(folder, path)
  if (noted.has(whole)) return
  await mkdir(whole, { recursive: true })
  for (let at = path; at !== '.'; at = dirname(at)) noted.add(join(folder, at))
  noted.add(folder)
}

async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
