import { CodedError, type Finding } from '@merlon/core'
import { type Checked, checks, checksOfServer } from '../checks.ts'
import type { Invocation, Outcome } from '../command.ts'
import { plain } from '../plain.ts'
import { settingsOf } from '../settings.ts'
import { hang } from '../wrap.ts'

type Row = { readonly name: string } & Checked

/** `merlon doctor`: tries each thing for real; what could not be tried is said to be skipped. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const rows: Row[] = []
  const settings = await settingsOf(invocation).catch((error: unknown) => {
    if (!(error instanceof CodedError)) throw error
    return error
  })
  for (const { name, needsSettings, run: check } of checks) {
    invocation.task.signal.throwIfAborted()
    if (needsSettings && settings instanceof CodedError) {
      const isIt = name === 'configuration'
      rows.push({ name, ...(isIt ? failed(settings) : skipped('the configuration is not valid')) })
      continue
    }
    const given = settings instanceof CodedError ? undefined : settings
    rows.push({ name, ...(await check(given).catch(failed)) })
  }
  if (settings instanceof CodedError) {
    rows.push({ name: 'server', ...skipped('the configuration is not valid') })
  } else rows.push(...(await checksOfServer(settings)))
  return {
    findings: rows.flatMap(findingOf),
    skipped: rows.flatMap(({ name, state, text }) =>
      state === 'skipped' ? [{ what: name, why: text }] : [],
    ),
    data: { checks: rows.map(({ name, state, text }) => ({ name, state, text })) },
    isVerdict: true,
    text: (paint) => {
      const marks = { ok: paint.good('ok'), failed: paint.bad('!!'), skipped: paint.warn('- ') }
      const column = Math.max(...rows.map(({ name }) => name.length))
      const headLength = column + 4
      return rows.flatMap(({ name, state, text }) => {
        const head = `${marks[state]} ${name.padEnd(column)} `
        return hang({ head, headLength, indent: headLength }, plain(text), paint)
      })
    },
    next: rows.some(({ state }) => state === 'failed')
      ? ['merlon explain doctor/check-failed']
      : ['merlon start'],
  }
}

function failed(error: unknown) {
  const text =
    error instanceof CodedError
      ? `${error.code}: ${error.message}`
      : error instanceof Error
        ? (error.message.split('\n')[0] ?? '')
        : String(error)
  return { state: 'failed', text } as const
}

function skipped(why: string) {
  return { state: 'skipped', text: why } as const
}

function findingOf({ name, state, text }: Row): Finding[] {
  if (state !== 'failed') return []
  return [
    {
      id: `doctor/${name}`,
      rule: 'doctor/check-failed',
      severity: 'high',
      title: `the check of ${name} failed`,
      place: { kind: 'file', path: name },
      evidence: text,
      fix: 'Follow the sentence in the evidence, then run merlon doctor again.',
      references: [],
    },
  ]
}
