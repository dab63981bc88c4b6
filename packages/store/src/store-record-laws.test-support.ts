import { proportion, type Report } from '@merlon/core'
import { expect, test } from 'vitest'
import type { DecisionRow } from './decisions.ts'
import { drain, type World } from './store-world.test-support.ts'

const estimate = proportion(1, 2, { name: 'robust accuracy', seed: 1, queries: 4 })

function reportWith(exitCode: Report['exitCode']): Report {
  const finding = { id: 'f', rule: 'evasion/linf', title: 't', evidence: 'e', fix: 'f' }
  const place = { kind: 'model', path: 'm.onnx' } as const
  return {
    schema: 'merlon/assess/v1',
    title: 'assessment',
    verdict: 'findings',
    exitCode,
    findings: [{ ...finding, severity: 'high', place, references: [] }],
    estimates: [estimate],
    skipped: [{ what: 'pgd', why: 'time' }],
    health: [],
    illustrations: [],
    seed: 1,
    inputs: [{ path: 'm.onnx', sha256: 'c'.repeat(64) }],
    options: {},
    tool: { name: 'merlon', version: '0.1.0' },
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 5,
  }
}

/** What holds for assessments. */
export function assessmentLaws({ store }: World): void {
  test('a finished assessment is listed with its figures and keeps its reports', async () => {
    await drain(store())
    const { assessments } = store()
    const id = await assessments.start({ model: 'digits', data: 'demo' })
    expect(await assessments.byId(id)).toMatchObject({ status: 'running', verdict: null, json: '' })
    const texts = { json: '{"a":1}', html: '<p>report</p>' }
    await assessments.finish(id, { report: reportWith(1), ...texts, headline: [estimate] })
    const row = await assessments.byId(id)
    expect(row).toMatchObject({ status: 'finished', verdict: 'findings', skipped: 1, ...texts })
    expect(row?.findings).toEqual({ critical: 0, high: 1, medium: 0, low: 0, info: 0 })
    expect(row?.headline).toEqual([estimate])
    const [started, finished] = await drain(store())
    expect(started).toMatchObject({ kind: 'assessment', action: 'started', id })
    // echo -n '{"a":1}' | sha256sum
    const reportSha256 = '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862'
    expect(finished).toMatchObject({ action: 'finished', verdict: 'findings', reportSha256 })
  })

  test('an assessment ends once', async () => {
    const { assessments } = store()
    const id = await assessments.start({ model: 'digits', data: 'demo' })
    await assessments.fail(id, { code: 'MODEL_UNREADABLE', message: 'no model' })
    const result = { report: reportWith(0), json: '{}', html: '', headline: [] }
    const refused = { code: 'ASSESSMENT_NOT_RUNNING' }
    await expect(assessments.finish(id, result)).rejects.toMatchObject(refused)
    await expect(assessments.finish('nothing', result)).rejects.toMatchObject(refused)
    expect(await assessments.byId(id)).toMatchObject({
      status: 'failed',
      problem: { code: 'MODEL_UNREADABLE' },
    })
  })

  test('an interrupted run keeps its partial report, and a dead one is marked', async () => {
    const { assessments } = store()
    const kept = await assessments.start({ model: 'other', data: 'demo' })
    const result = { report: reportWith(130), json: '{}', html: '', headline: [] }
    await assessments.finish(kept, result)
    const dead = await assessments.start({ model: 'other', data: 'demo' })
    expect(await assessments.interruptRunning()).toBe(1)
    const listed = await assessments.list({ model: 'other' })
    expect(listed.map(({ status }) => status)).toEqual(['interrupted', 'interrupted'])
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set([kept, dead]))
  })
}

/** A decision under `auditIndex`, otherwise plain. */
export function decision(auditIndex: number, changes: Partial<DecisionRow> = {}): DecisionRow {
  return {
    auditIndex,
    at: 1_763_000_000_000 + auditIndex * 20_000,
    requestId: `r${auditIndex}`,
    method: 'POST',
    path: '/v2/models/digits/infer',
    route: '/v2/models/digits',
    model: 'digits',
    keyId: null,
    keyName: null,
    verdict: 'pass',
    status: 200,
    code: 'OK',
    reason: 'allowed',
    requestBytes: 10,
    requestSha256: null,
    responseSha256: null,
    latencyMs: 1.25,
    ...changes,
  }
}

/** What holds for the projection of decisions. */
export function decisionLaws({ store }: World): void {
  test('decisions come newest first, by filter and page, and appending again changes nothing', async () => {
    const { decisions } = store()
    await decisions.clear()
    expect(await decisions.lastIndex()).toBeUndefined()
    const rows = Array.from({ length: 1201 }, (_, i) =>
      decision(i * 2, i % 3 === 0 ? { verdict: 'block', code: 'RATE_LIMITED', keyId: 'k' } : {}),
    )
    await decisions.append(rows)
    await decisions.append(rows.map((row) => ({ ...row, reason: 'changed' })))
    expect(await decisions.lastIndex()).toBe(2400)
    expect(await decisions.counts()).toEqual({ pass: 800, rewrite: 0, block: 401, review: 0 })
    const all = await decisions.list({ limit: 2 })
    expect(all).toEqual({ decisions: [rows[1200], rows[1199]], total: 1201 })
    const blocked = await decisions.list({ verdict: 'block', before: 2400, limit: 1 })
    expect(blocked).toEqual({ decisions: [rows[1197]], total: 401 })
    expect((await decisions.list({ keyId: 'k', code: 'RATE_LIMITED' })).total).toBe(401)
    expect((await decisions.list({ keyId: 'k', code: 'OK' })).total).toBe(0)
  })

  test('traffic is counted per minute from the given time on', async () => {
    const { decisions } = store()
    await decisions.clear()
    const start = 1_763_000_040_000
    await decisions.append([
      decision(1, { at: start - 1 }),
      decision(2, { at: start }),
      decision(3, { at: start + 59_999, verdict: 'block' }),
      decision(4, { at: start + 180_000, verdict: 'rewrite' }),
      decision(5, { at: start + 180_001, verdict: 'review' }),
    ])
    expect(await decisions.perMinute(start)).toEqual([
      { at: start, passed: 1, blocked: 1 },
      { at: start + 180_000, passed: 1, blocked: 1 },
    ])
  })
}

/** What holds for events on their way to the log, and for named texts. */
export function outboxLaws({ clock, store }: World): void {
  test('events leave in order and stay until they are done', async () => {
    await drain(store())
    for (const action of ['start', 'stop', 'start again']) {
      clock.now += 1
      await store().outbox.add({ kind: 'server', action })
    }
    const [first, second] = await store().outbox.pending(2)
    expect([first?.entry.action, second?.entry.action]).toEqual(['start', 'stop'])
    expect(first?.entry).toMatchObject({ v: 1, at: first?.at, eventId: first?.id })
    await store().outbox.done([first!.id])
    const rest = await store().outbox.pending()
    expect(rest.map(({ entry }) => entry.action)).toEqual(['stop', 'start again'])
  })

  test('named texts are kept', async () => {
    expect(await store().meta.get('origin')).toBeUndefined()
    await store().meta.set('origin', 'one')
    await store().meta.set('origin', 'two')
    expect(await store().meta.get('origin')).toBe('two')
  })
}
