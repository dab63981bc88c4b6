import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assessLimits, type Checkpoint, checkpointText, readCheckpoint } from '@merlon/assess'
import { canonicalJson, type Json, version } from '@merlon/core'
import { CliError } from './cli-error.ts'
import type { Invocation } from './command.ts'
import { replaceFile } from './replace-file.ts'
import { settingsOf } from './settings.ts'
import { hasState } from './with-state.ts'
import { plannedFile } from './writable.ts'

/** A checkpoint in a file: replaced whole, at most once a second, and removed when the run is done. */
export interface KeptCheckpoint extends Checkpoint {
  readonly path: string | undefined
  /** How many parts an earlier run left. */
  readonly found: number
  /** Writes what is still held back. */
  readonly flush: () => Promise<void>
  readonly remove: () => Promise<void>
}

const writeEveryMs = 1000

/**
 * The checkpoint of this run: where `--checkpoint` says, or in the state folder where there is one. What decides the
 * figures, `about`, is its key. With `--resume` what an earlier run left there is read.
 * @throws CliError USAGE, FILE_UNWRITABLE, FILE_UNREADABLE; AssessError CHECKPOINT_INVALID
 */
export async function openCheckpoint(invocation: Invocation, about: Json): Promise<KeptCheckpoint> {
  const { options, world } = invocation
  const text = canonicalJson({ version, about })
  const key = createHash('sha256').update(text).digest('hex')
  const isResumed = options.flag('resume')
  const path = await pathOf(invocation, key)
  if (path === undefined && isResumed) {
    throw new CliError(
      'USAGE',
      '--resume finds nothing here: this folder has no state; name the file with --checkpoint FILE',
    )
  }
  const parts = new Map(isResumed && path !== undefined ? await readParts(path, key) : [])
  let writtenAt = Number.NEGATIVE_INFINITY
  let isHeld = false
  const flush = async () => {
    if (path === undefined || !isHeld) return
    isHeld = false
    writtenAt = world.clock()
    await replaceFile(path, checkpointText(key, parts), 0o600).catch((cause: unknown) => {
      const message = `${path} cannot be written; check the path and the space on its disk`
      throw new CliError('FILE_UNWRITABLE', message, { cause })
    })
  }
  return {
    path,
    found: parts.size,
    read: (part) => parts.get(part),
    async write(part, value) {
      parts.set(part, value)
      isHeld = true
      if (world.clock() - writtenAt >= writeEveryMs) await flush()
    },
    flush,
    async remove() {
      if (path !== undefined) await rm(path, { force: true })
    },
  }
}

async function pathOf(invocation: Invocation, key: string): Promise<string | undefined> {
  const named = await plannedFile(invocation, 'checkpoint')
  if (named !== undefined) return named
  const settings = await settingsOf(invocation)
  if (!hasState(settings)) return undefined
  const folder = join(settings.stateDir, 'checkpoints')
  await mkdir(folder, { recursive: true })
  return join(folder, `${key.slice(0, 32)}.json`)
}

/** What an earlier run left; nothing where it left no file. */
async function readParts(path: string, key: string): Promise<ReadonlyMap<string, Json>> {
  const size = (await stat(path).catch(() => undefined))?.size
  if (size === undefined) return new Map()
  const refuse = (why: string, cause?: unknown) =>
    new CliError('FILE_UNREADABLE', `${path} cannot be read: ${why}`, { cause })
  if (size > assessLimits.checkpointBytesMax) throw refuse('it is too large for a checkpoint')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse('check its rights', cause)
  })
  return readCheckpoint(text, key)
}
