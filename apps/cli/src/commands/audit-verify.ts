import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { verifyAuditLog } from '@merlon/audit'
import { type PublicKey, parseVerifierKey } from '@merlon/crypto'
import { auditPlace, ServerError } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { findingLines, skippedLines } from '../findings-text.ts'
import { plain } from '../plain.ts'
import { settingsOf } from '../settings.ts'

/** `merlon audit verify [DIR]`: whole, consistent (a cut tail cannot be noticed), or broken. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { operands, options, world } = invocation
  const place = await placeOf(invocation)
  const typed = options.text('checkpoint')
  const named = options.list('witness').map((folder) => resolve(world.cwd, folder))
  const witnesses = [...named, ...(options.isOff('witness') ? [] : place.witnesses)]
  const checked = await verifyAuditLog(place.dir, {
    ...(place.origin === undefined ? {} : { origin: place.origin }),
    ...(place.publicKey === undefined ? {} : { publicKey: place.publicKey }),
    ...(typed === undefined ? {} : { checkpoint: resolve(world.cwd, typed) }),
    witnesses,
  })
  const { verdict: state, records, signedRecords, anchoredRecords, findings, skipped } = checked
  const counts = { records, signedRecords, anchoredRecords }
  return {
    findings,
    skipped,
    data: { dir: place.dir, state, ...counts, witnesses, origin: place.origin ?? null },
    isVerdict: true,
    text: (paint) => [
      `${plain(place.dir)}: ${records} records, ${signedRecords} of them under a signed checkpoint`,
      ...findingLines(findings, paint),
      ...skippedLines(skipped, paint),
      state === 'consistent' ? `${paint.warn(state)}; truncation not checked` : state,
    ],
    next: operands[0] === undefined ? ['merlon audit show'] : [],
  }
}

interface Place {
  readonly dir: string
  readonly origin: string | undefined
  readonly publicKey: PublicKey | undefined
  readonly witnesses: readonly string[]
}

/** The log of this installation, or a folder whose key is given or is this installation's. */
async function placeOf(invocation: Invocation): Promise<Place> {
  const { operands, options, world } = invocation
  const [folder] = operands
  const key = options.text('key')
  if (folder === undefined) {
    const own = await auditPlace(await settingsOf(invocation))
    return key === undefined ? own : { ...own, ...(await readKey(world.cwd, key)) }
  }
  const dir = resolve(world.cwd, folder)
  if (key !== undefined) return { dir, witnesses: [], ...(await readKey(world.cwd, key)) }
  try {
    return { ...(await auditPlace(await settingsOf(invocation))), dir }
  } catch (error) {
    if (!(error instanceof ServerError && error.code === 'STATE_MISSING')) throw error
    return { dir, origin: undefined, publicKey: undefined, witnesses: [] }
  }
}

async function readKey(cwd: string, typed: string) {
  const text = typed.includes('+') ? typed : await readText(resolve(cwd, typed))
  const { name, publicKey } = parseVerifierKey(text.trim())
  return { origin: name, publicKey }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError('FILE_UNREADABLE', `${path} cannot be read; check the path`, { cause })
  })
}
