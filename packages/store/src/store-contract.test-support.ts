import type { Clock, Report } from '@merlon/core'
import { proportion } from '@merlon/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DecisionRow } from './decisions.ts'
import { openStore, type Store } from './store.ts'

/** A database that a suite may use and throw away. */
export interface Disposable {
  readonly url: string
  dispose(): Promise<void>
}

/** A clock that a test turns by hand. */
export function handClock(): Clock & { now: number } {
  const clock = Object.assign(() => clock.now, { now: 1_763_000_000_000 })
  return clock
}

/** What every store keeps, whichever database is below. */
export function storeContract(name: string, make: () => Promise<Disposable>): void {
  describe(`${name} keeps the store contract`, () => {
    const clock = handClock()
    let database: Disposable
    let store: Store
    beforeAll(async () => {
      database = await make()
      store = await openStore(database.url, { clock })
    })
    afterAll(async () => {
      await store?.close()
      await database?.dispose()
    })
    const world: World = { clock, store: () => store, url: () => database.url }
    keyLaws(world)
    sessionLaws(world)
    modelLaws(world)
    assessmentLaws(world)
    decisionLaws(world)
    outboxLaws(world)
    textLaws(world)
    openerLaws(make)
  })
}

interface World {
  readonly clock: Clock & { now: number }
  readonly store: () => Store
  readonly url: () => string
}

let serial = 0
/** A key's row as a caller makes it, with a hash of its own. */
export function newKey(name = 'camera 1') {
  serial += 1
  return { name, prefix: 'mln_abc', hash: serial.toString(16).padStart(64, '0'), roles: ['infer'] }
}

async function drain(store: Store) {
  const events = await store.outbox.pending()
  await store.outbox.done(events.map(({ id }) => id))
  return events.map(({ entry }) => entry)
}

function keyLaws({ clock, store }: World): void {
  test('a created key is found again, and its creation is on its way to the log', async () => {
    await drain(store())
    const before = await store().policyVersion()
    const created = await store().keys.create(newKey('camera 1'), 'ada')
    expect(await store().keys.byId(created.id)).toEqual(created)
    expect(await store().keys.list()).toContainEqual(created)
    expect(created).toMatchObject({ createdAt: clock.now, expiresAt: null, revokedAt: null })
    expect(await store().policyVersion()).toBe(before + 1)
    const [event, ...others] = await drain(store())
    expect(others).toEqual([])
    expect(event).toMatchObject({ v: 1, kind: 'key', action: 'created', id: created.id, by: 'ada' })
    expect(JSON.stringify(event)).not.toContain(created.hash)
  })

  test('a key is revoked once: the first time stands', async () => {
    const { id } = await store().keys.create({ ...newKey(), expiresAt: clock.now + 1 })
    const before = await store().policyVersion()
    const revoked = await store().keys.revoke(id, 5_000_000_000_000)
    expect(revoked?.revokedAt).toBe(5_000_000_000_000)
    expect((await store().keys.revoke(id, 6_000_000_000_000))?.revokedAt).toBe(5_000_000_000_000)
    expect(await store().policyVersion()).toBe(before + 1)
    expect(await store().keys.revoke('nobody')).toBeUndefined()
  })

  test('a refused change leaves nothing: no row, no event, no new policy version', async () => {
    const key = newKey()
    await store().keys.create(key)
    await drain(store())
    const before = [await store().policyVersion(), (await store().keys.list()).length]
    await expect(store().keys.create(key)).rejects.toMatchObject({ code: 'DATABASE_FAILED' })
    expect([await store().policyVersion(), (await store().keys.list()).length]).toEqual(before)
    expect(await drain(store())).toEqual([])
  })

  test('concurrent changes of keys all count', async () => {
    const before = await store().policyVersion()
    await Promise.all(Array.from({ length: 20 }, () => store().keys.create(newKey())))
    expect(await store().policyVersion()).toBe(before + 20)
  })
}

function sessionLaws({ clock, store }: World): void {
  const login = (token: string, hash: string) =>
    store().sessions.login(token, { hash, csrfToken: 'csrf', expiresAt: clock.now + 1000 })

  test('a login token opens one session, even when two use it at once', async () => {
    const expiresAt = clock.now + 1000
    await store().sessions.createLoginToken({ hash: 'token', user: 'admin', expiresAt })
    const opened = await Promise.all([login('token', 'first'), login('token', 'second')])
    expect(opened.filter((session) => session !== undefined)).toHaveLength(1)
    expect(await login('token', 'third')).toBeUndefined()
    expect(await login('unknown', 'fourth')).toBeUndefined()
  })

  test('a late login token opens nothing', async () => {
    const expiresAt = clock.now + 1000
    await store().sessions.createLoginToken({ hash: 'late', user: 'admin', expiresAt })
    clock.now = expiresAt
    expect(await login('late', 'late session')).toBeUndefined()
  })

  test('a session is there until it expires, is touched, or is closed', async () => {
    const end = clock.now + 1000
    await store().sessions.createLoginToken({ hash: 't2', user: 'ada', expiresAt: end })
    const session = await login('t2', 's2')
    expect(await store().sessions.byHash('s2')).toEqual(session)
    clock.now += 500
    await store().sessions.touch('s2', end + 1000)
    clock.now = end
    expect(await store().sessions.byHash('s2')).toMatchObject({
      lastSeenAt: end - 500,
      user: 'ada',
    })
    expect(await store().sessions.logout('s2')).toBe(true)
    expect(await store().sessions.logout('s2')).toBe(false)
    expect(await store().sessions.byHash('s2')).toBeUndefined()
  })

  test('prune forgets what has expired and nothing else', async () => {
    const far = clock.now + 100_000
    await store().sessions.createLoginToken({ hash: 't3', user: 'ada', expiresAt: far })
    await login('t3', 's3')
    await store().sessions.prune()
    expect(await store().sessions.byHash('s3')).toBeDefined()
    clock.now += 2000
    await store().sessions.prune()
    clock.now -= 2000
    expect(await store().sessions.byHash('s3')).toBeUndefined()
  })
}

function modelLaws({ clock, store }: World): void {
  const digits = {
    name: 'digits',
    path: '/models/digits.onnx',
    sha256: 'a'.repeat(64),
    bytes: 3_000_000_000,
    signature: { inputs: [{ name: 'input', shape: [-1, 1, 28, 28] }] },
    labels: ['zero', 'one'],
  }

  test('new content under a name is an event; the same content is not', async () => {
    await drain(store())
    const first = await store().models.register(digits)
    clock.now += 10
    expect(await store().models.register({ ...digits, path: '/moved.onnx' })).toEqual({
      ...first,
      path: '/moved.onnx',
    })
    const changed = await store().models.register({ ...digits, sha256: 'b'.repeat(64) })
    expect(changed.registeredAt).toBe(clock.now)
    expect(await store().models.byName('digits')).toEqual(changed)
    const events = await drain(store())
    expect(events.map((event) => [event.sha256, event.previousSha256])).toEqual([
      ['a'.repeat(64), null],
      ['b'.repeat(64), 'a'.repeat(64)],
    ])
  })

  test('models are listed by name in code unit order', async () => {
    for (const name of ['b', 'Z', 'a', 'ä']) await store().models.register({ ...digits, name })
    const names = (await store().models.list()).map(({ name }) => name)
    expect(names).toEqual(['Z', 'a', 'b', 'digits', 'ä'])
    expect(await store().models.byName('nothing')).toBeUndefined()
  })
}

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

function assessmentLaws({ store }: World): void {
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

function decisionLaws({ store }: World): void {
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

function outboxLaws({ clock, store }: World): void {
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

const injections = [
  `'; drop table api_keys; --`,
  `" or 1=1 --`,
  `\\'; delete from api_keys where ''='`,
  `$1 ?1 :name @p %s \${x}`,
  `x' union select hash from api_keys --`,
  '/* \u202e */ \u{1f511} ﷽',
  '--',
]
const hostileText = fc.oneof(
  fc.constantFrom(...injections),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc
    .tuple(fc.constantFrom(...injections), fc.string())
    .map((parts) => parts.join('').replaceAll('\0', '')),
)

function textLaws({ store }: World): void {
  test('every text survives as it is, injections included', async () => {
    await fc.assert(
      fc.asyncProperty(
        hostileText,
        fc.array(hostileText, { maxLength: 3 }),
        async (text, roles) => {
          const key = await store().keys.create({ ...newKey(text), prefix: text, roles }, text)
          const model = { path: text, sha256: text, bytes: 1, signature: { text }, labels: roles }
          const registered = await store().models.register({ name: text, ...model }, text)
          const id = await store().assessments.start({ model: text, data: text }, text)
          await store().assessments.fail(id, { code: text, message: text })
          await store().meta.set(text, text)
          expect(await store().keys.byId(key.id)).toEqual(key)
          expect([key.name, key.prefix, key.roles]).toEqual([text, text, roles])
          expect(await store().models.byName(text)).toEqual(registered)
          expect(registered).toMatchObject({ name: text, ...model })
          expect(await store().assessments.byId(id)).toMatchObject({ model: text, data: text })
          expect(await store().meta.get(text)).toBe(text)
          expect(await store().keys.byId(text)).toBeUndefined()
          expect(await store().keys.revoke(text)).toBeUndefined()
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a decision keeps any text at all, NUL and broken characters included', async () => {
    await store().decisions.clear()
    const row = decision(1, { path: "/'; drop table decisions --\0\ud800", reason: '\0' })
    await store().decisions.append([row])
    expect((await store().decisions.list()).decisions).toEqual([row])
  })

  test.each(['a\0b', 'a\ud800'])('a text that a database would change is refused', async (name) => {
    const refused = { code: 'TEXT_UNSTORABLE' }
    await expect(store().keys.create(newKey(name))).rejects.toMatchObject(refused)
    await expect(store().meta.set('name', name)).rejects.toMatchObject(refused)
  })
}

function openerLaws(make: () => Promise<Disposable>): void {
  test('many openers of an empty database migrate it once and all work', async () => {
    const database = await make()
    const open = () => openStore(database.url, { clock: handClock() })
    const stores = await Promise.all(Array.from({ length: 5 }, open))
    await Promise.all(stores.map((store) => store.keys.create(newKey())))
    expect(await stores[0]!.keys.list()).toHaveLength(5)
    expect(await stores[4]!.policyVersion()).toBe(5)
    await Promise.all(stores.map((store) => store.close()))
    await database.dispose()
  })
}
