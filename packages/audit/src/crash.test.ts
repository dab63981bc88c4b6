import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import { newFolder, openLog, textOf, trust } from './audit.test-support.ts'
import { verifyAuditLog } from './verify.ts'

const kills = process.env.MERLON_LONG === '1' ? 200 : 10
const here = fileURLToPath(new URL('.', import.meta.url))

/** Starts the program, kills it after `ms` of writing, and gives the last index that it noted. */
async function writeUntilKilled(folder: string, ms: number): Promise<number> {
  const notes = join(folder, 'notes')
  const config = join(folder, 'tsconfig.json')
  const paths = { '@merlon/*': [join(here, '../../*/src/index.ts')] }
  writeFileSync(config, JSON.stringify({ compilerOptions: { paths } }))
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      fileURLToPath(new URL('./append-forever.test-support.ts', import.meta.url)),
      join(folder, 'log'),
      join(folder, 'witness'),
      notes,
    ],
    { env: { ...process.env, TSX_TSCONFIG_PATH: config }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms))
  await new Promise((resolve) => child.once('close', resolve))
  expect(child.signalCode).toBe('SIGKILL')
  return Number(readFileSync(notes, 'utf8').split('\n').at(-2))
}

test(
  `no written record is lost over ${kills} kills at any moment, and none looks like an attack`,
  async () => {
    const folder = newFolder()
    const path = join(folder, 'log')
    const options = { ...trust, witnesses: [join(folder, 'witness')] }
    const random = seededRandom(1)
    let recovered = 0
    for (let kill = 0; kill < kills; kill++) {
      const last = await writeUntilKilled(folder, Math.floor(random() * 300))
      const found = await verifyAuditLog(path, options)
      expect(found.findings).toEqual([])
      expect(found.records).toBeGreaterThan(last)
      recovered += found.records - found.signedRecords
      const log = await openLog(folder, { witnesses: options.witnesses })
      expect(log.size).toBe(found.records)
      expect(log.checkpoint().size).toBe(log.size)
      const [first] = await log.entries(Math.max(0, last - 20), 1)
      expect(first?.text).toBe(textOf(Math.max(0, last - 20)))
      expect((await log.entry(last)).text).toBe(textOf(last))
      await log.close()
      expect(await verifyAuditLog(path, options)).toMatchObject({
        verdict: 'whole',
        records: log.size,
      })
    }
    // Otherwise no kill ever met a record that was not in a checkpoint, and the test shows nothing.
    expect(recovered).toBeGreaterThan(0)
  },
  60_000 + kills * 6_000,
)
