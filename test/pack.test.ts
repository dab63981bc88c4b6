import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, shell } from './support/merlon.ts'
import type { Started } from './support/running.ts'

const program = `
import { pgd } from '@merlon/attacks'
import { seededRandom } from '@merlon/core'
import { drawDigits } from '@merlon/dataset'
import { buildLenet, openModel } from '@merlon/model'

const model = await openModel(buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 }))
const { inputs, labels } = drawDigits({ count: 8, seed: 1 })
const options = { norm: 'linf', epsilon: 0.1, range: [0, 1], steps: 3, random: seededRandom(1) } as const
const { adversarial } = await pgd(model, inputs, labels, options)
console.log(adversarial.shape.join('x'))
await model.close()
`

/** A folder outside the clone with nothing in it but what was packed. */
describe('the packed packages, installed elsewhere without scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-packed-'))
  const env = { npm_config_update_notifier: 'false' }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  beforeAll(async () => {
    const packed = await shell(`node ${root}tools/pack.mjs ${folder}/packed`, { env })
    expect(packed.code, packed.stderr).toBe(0)
    const archives = readdirSync(`${folder}/packed`).map((name) => `./packed/${name}`)
    expect(archives.length).toBeGreaterThan(10)
    writeFileSync(`${folder}/package.json`, '{"private": true, "type": "module"}')
    const install = await shell(
      `npm install --ignore-scripts --no-audit --no-fund --prefer-offline ${archives.join(' ')}`,
      { cwd: folder, env },
    )
    expect(install.code, install.stderr).toBe(0)
  }, 600_000)

  test('answer merlon doctor', async () => {
    const doctor = await shell('npx --no-install merlon doctor --json', { cwd: folder, env })
    expect(doctor.code, doctor.stderr + doctor.stdout).toBe(0)
    expect(JSON.parse(doctor.stdout)).toMatchObject({ schema: 'merlon/doctor/v1', exitCode: 0 })
  })

  test('run and type-check a program of ten lines', async () => {
    writeFileSync(`${folder}/program.ts`, program)
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        compilerOptions: {
          strict: true,
          target: 'es2023',
          module: 'nodenext',
          types: ['node'],
          typeRoots: [`${root}node_modules/@types`],
          outDir: 'out',
        },
        files: ['program.ts'],
      }),
    )
    const compiled = await shell(`node ${root}node_modules/typescript/bin/tsc -p .`, {
      cwd: folder,
    })
    expect(compiled.code, compiled.stdout).toBe(0)
    const ran = await shell('node out/program.js', { cwd: folder })
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toBe('8x1x28x28\n')
  })

  test('start the demo, which answers with the digit that was drawn', async () => {
    const child = spawn('node_modules/.bin/merlon', ['start', '--json', '--port', '0'], {
      cwd: folder,
      env: { ...process.env, ...env },
    })
    try {
      const line = await new Promise<string>((resolve, reject) => {
        createInterface({ input: child.stdout }).once('line', resolve)
        child.once('close', (code) => reject(new Error(`merlon start ended with ${code}`)))
      })
      const { curlDigit, expectedDigit } = JSON.parse(line) as Started
      const answer = await shell(curlDigit, { cwd: folder })
      expect(answer.stdout.trim()).toBe(String(expectedDigit))
    } finally {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      await closed
    }
  })

  test('carry no tests and no sources', async () => {
    const listed = await shell('for f in packed/*.tgz; do tar tzf $f; done', { cwd: folder })
    expect(listed.stdout).toContain('package/dist/index.js')
    expect(listed.stdout).not.toMatch(/\.test\.|\/src\//)
  })
})
