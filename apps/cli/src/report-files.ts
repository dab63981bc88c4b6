import type { Report } from '@merlon/core'
import { CliError } from './cli-error.ts'
import type { Invocation } from './command.ts'
import { replaceFile } from './replace-file.ts'
import { plannedFile } from './writable.ts'

const formats = ['html', 'sarif', 'junit', 'markdown'] as const

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
