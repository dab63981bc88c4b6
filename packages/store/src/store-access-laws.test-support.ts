import { expect, test } from 'vitest'
import { drain, newKey, type World } from './store-world.test-support.ts'

/** What holds for API keys. */
export function keyLaws({ clock, store }: World): void {
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

/** What holds for logins and sessions. */
export function sessionLaws({ clock, store }: World): void {
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

/** What holds for models. */
export function modelLaws({ clock, store }: World): void {
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
