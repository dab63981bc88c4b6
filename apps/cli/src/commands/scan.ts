import { readFile, stat } from 'node:fs/promises'
import { relative } from 'node:path'
import { artifactLimits, type ScannedFile, scanBytes } from '@merlon/artifacts'
import { conclude, type Report, type Skipped, version } from '@merlon/core'
import type { Invocation, Outcome } from '../command.ts'
import { findingLines, skippedLines } from '../findings-text.ts'
import type { Paint } from '../paint.ts'
import { plain } from '../plain.ts'
import { plannedFiles, writeReportFiles } from '../report-files.ts'
import { scannedPaths } from '../scanned-files.ts'
import { table } from '../table.ts'

/** `merlon scan PATH...`: are these model files harmless? Nothing in them is run. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options, world, task, failOn, ui } = invocation
  const reports = await plannedFiles(invocation)
  const startedMs = world.clock()
  const named = operands.filter((one) => one !== undefined)
  const { files, skipped: leftOut } = await scannedPaths(world.cwd, named)
  const progress = ui.bar('scanning', 'files')
  const scanned: ScannedFile[] = []
  const skipped: Skipped[] = [...leftOut]
  for (const [i, path] of files.entries()) {
    const shown = relative(world.cwd, path)
    if (task.signal.aborted) skipped.push({ what: shown, why: 'interrupted before it was read' })
    else scanned.push(await scanFile(path, shown.startsWith('..') ? path : shown))
    progress(i + 1, files.length)
    // A signal is heard only between turns of the event loop.
    await new Promise((resume) => setImmediate(resume))
  }
  const findings = scanned.flatMap((file) => file.findings)
  skipped.push(...scanned.flatMap((file) => file.skipped))
  const inputs = scanned.flatMap(({ path, sha256 }) => (sha256 === '' ? [] : [{ path, sha256 }]))
  const report: Report = {
    ...conclude({ findings, skipped, failOn, interrupted: task.signal.aborted }),
    schema: 'merlon/scan/v1',
    title: `Scan of ${scanned.length} ${scanned.length === 1 ? 'file' : 'files'}`,
    findings,
    estimates: [],
    skipped,
    health: [],
    illustrations: [],
    seed: options.number('seed') ?? 0,
    inputs,
    options: {},
    tool: { name: 'merlon', version },
    startedAt: new Date(startedMs).toISOString(),
    durationMs: world.clock() - startedMs,
  }
  await writeReportFiles(report, reports)
  return {
    findings,
    skipped,
    inputs,
    data: {
      files: scanned.map((file) => ({
        path: file.path,
        verdict: file.verdict,
        findings: file.findings.map(({ id }) => id),
      })),
    },
    isVerdict: true,
    text: (paint) => [
      ...filesTable(scanned, paint),
      ...findingLines(findings, paint),
      ...skippedLines(skipped, paint),
      ...reports.map(({ path }) => `report  ${plain(path)}`),
    ],
    next: findings.length > 0 ? [`merlon explain ${findings[0]?.rule}`] : [],
  }
}

async function scanFile(path: string, shown: string): Promise<ScannedFile> {
  const unread = (why: string): ScannedFile => ({
    path: shown,
    verdict: 'unscannable',
    sha256: '',
    findings: [],
    skipped: [{ what: shown, why }],
  })
  try {
    const { size } = await stat(path)
    const mebibytes = artifactLimits.fileBytesMax / 2 ** 20
    if (size > artifactLimits.fileBytesMax) return unread(`it is larger than ${mebibytes} MiB`)
    return scanBytes(shown, await readFile(path))
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return unread('it cannot be read')
    throw error
  }
}

function filesTable(files: readonly ScannedFile[], paint: Paint): readonly string[] {
  return table(
    [
      { heading: 'file', isFlexible: true },
      { heading: 'verdict', paint: paint.bold },
    ],
    files.map(({ path, verdict }) => [plain(path), verdict]),
    paint,
  )
}
