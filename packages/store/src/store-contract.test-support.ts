import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, type Store } from './store.ts'
import { keyLaws, modelLaws, sessionLaws } from './store-access-laws.test-support.ts'
import { jobLaws } from './store-job-laws.test-support.ts'
import { assessmentLaws, decisionLaws, outboxLaws } from './store-record-laws.test-support.ts'
import { textLaws } from './store-text-laws.test-support.ts'
import { type Disposable, handClock, newKey, type World } from './store-world.test-support.ts'

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
    const world: World = { clock, store: () => store }
    keyLaws(world)
    sessionLaws(world)
    modelLaws(world)
    assessmentLaws(world)
    jobLaws(world)
    decisionLaws(world)
    outboxLaws(world)
    textLaws(world)
    openerLaws(make)
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
