import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

/** Readers see the old file or the new one, never half of it. What is no plain file is written to as it is. */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  const known = await stat(path).catch(() => undefined)
  if (known !== undefined && !known.isFile()) return writeFile(path, text)
  // A link stays a link: the file that it leads to is replaced.
  const target = known === undefined ? path : await realpath(path)
  const draft = `${target}.${process.pid}.tmp`
  try {
    await writeFile(draft, text, { mode: known?.mode ?? mode })
    await rename(draft, target)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
}
