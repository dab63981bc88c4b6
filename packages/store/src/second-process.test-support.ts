import { openStore } from './store.ts'

/** Another process on the same file: `node second-process FILE COUNT` creates so many keys. */
const [file = '', count = '0'] = process.argv.slice(2)
const store = await openStore(file, { clock: Date.now })
for (let i = 0; i < Number(count); i++) {
  const hash = `second ${i}`
  await store.keys.create({ name: 'theirs', prefix: 'mln_xyz', hash, roles: ['infer'] })
}
await store.close()
