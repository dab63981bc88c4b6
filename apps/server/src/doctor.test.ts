import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resolveSettings } from './config/settings.ts'
import { serverChecks } from './doctor.ts'
import { writeProject } from './served.test-support.ts'

async function checksOf(cwd: string, port: number) {
  const settings = await resolveSettings({ cwd, flags: { port: String(port) }, env: {} })
  const checks = await serverChecks({ settings })
  return Object.fromEntries(checks.map(({ name, ok }) => [name, ok]))
}

test('the checks name a port that is taken and a model that is gone, and are silent otherwise', async () => {
  const folder = writeProject()
  expect(await checksOf(folder, 0)).toMatchObject({ state: true, port: true, 'model tiny': true })
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  rmSync(join(folder, 'tiny.onnx'))
  // A TCP server's address is of this form.
  const { port } = other.address() as AddressInfo
  expect(await checksOf(folder, port)).toMatchObject({
    state: true,
    port: false,
    'model tiny': false,
  })
  other.close()
})
