import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decision } from './store-record-laws.test-support.ts'
import { newKey, type World } from './store-world.test-support.ts'

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

/** What holds for every text, however hostile. */
export function textLaws({ store }: World): void {
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
