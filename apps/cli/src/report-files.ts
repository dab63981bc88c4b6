import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import type { Report } from '@merlon/core'
import { CliError } from './cli-error.ts'
import type { Invocation } from './command.ts'
import { plannedFile } from './writable.ts'

const formats = ['html', 'sarif', 'junit'] as const

/** A file that a report goes to. */
export interface ReportFile {
  readonly format: (typeof formats)[number]
  readonly path: string
}

/**
 * The files that were asked for. Their folders are checked before the work, not after it.
 * @throws CliError FILE_UNWRITABLE
 */
export async function plannedFiles(invocation: Invocation): Promise<readonly ReportFile[]> {
  const files: ReportFile[] = []
  for (const format of formats) {
    const path = await plannedFile(invocation, format)
    if (path === undefined) continue
    if (files.some((one) => one.path === path)) {
      throw new CliError('USAGE', `${path} is named for two reports; give each a file of its own`)
    }
    files.push({ format, path })
  }
  return files
}

/** @throws CliError FILE_UNWRITABLE */
export async function writeReportFiles(
  report: Report,
  files: readonly ReportFile[],
): Promise<void> {
  if (files.length === 0) return
  const { reportWriters } = await import('@merlon/report')
  for (const { format, path } of files) {
    const text = reportWriters.find((writer) => writer.format === format)?.write(report)
    await replaceFile(path, text ?? '').catch((cause: unknown) => {
      const message = `${path} cannot be written; check the path and the space on its disk`
      throw new CliError('FILE_UNWRITABLE', message, { cause })
    })
  }
}

/** Readers see the old file or the new one, never half of it. What is no plain file is written to as it is. */
async function replaceFile(path: string, text: string): Promise<void> {
  const known = await stat(path).catch(() => undefined)
  if (known !== undefined && !known.isFile()) return writeFile(path, text)
  // A link stays a link: the file that it leads to is replaced.
  const target = known === undefined ? path : await realpath(path)
  const draft = `${target}.${process.pid}.tmp`
  try {
    await writeFile(draft, text, { mode: known?.mode ?? 0o644 })
    await rename(draft, target)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
}
