import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CodedError, type Report } from '@merlon/core'
import { openState, type RecordedAssessment, recordAssessment } from '@merlon/server'
import type { Invocation } from './command.ts'
import { plain } from './plain.ts'
import { settingsOf } from './settings.ts'
import { hasState } from './with-state.ts'

export type Kept = RecordedAssessment

/**
 * Keeps the report of a model of this installation where its console and its log will show it.
 * Undefined: there is no installation here, or the model is none of its own. What goes wrong is said,
 * and takes nothing from the report.
 */
export async function keepReport(
  invocation: Invocation,
  about: { readonly name: string | undefined; readonly sha256: string; readonly report: Report },
): Promise<Kept | undefined> {
  const { options, world, ui } = invocation
  try {
    const settings = await settingsOf(invocation)
    if (!hasState(settings)) return undefined
    const state = await openState(settings, { clock: world.clock, audit: 'if-free' })
    const typed = options.text('data') ?? ''
    const path = resolve(world.cwd, typed)
    try {
      return await recordAssessment(state, { ...about, data: existsSync(path) ? path : typed })
    } finally {
      await state.close()
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const text = `the report is not kept for the console: ${error.code}: ${error.message}`
    ui.tell({ kind: 'warning', text })
    return undefined
  }
}

/** Where the report is found again. */
export function keptLines(kept: Kept | undefined): string[] {
  if (kept === undefined) return []
  const { id, url, model } = kept
  if (url !== null) return [`console ${plain(url)}`]
  return [`kept    assessment ${id} of ${plain(model)}: the console shows it after merlon start`]
}
