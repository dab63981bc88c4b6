import { readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { copyOf } from './support/demo-template.ts'
import { merlon, shell } from './support/merlon.ts'
import { type Running, startMerlon } from './support/running.ts'

const folder = copyOf(inject('demoTemplate'), 'gateway')
let server: Running
let digit: { inputs: { name: string; shape: number[]; datatype: string; data: number[] }[] }

beforeAll(async () => {
  server = await startMerlon(folder)
  const path = /--data(?:-binary)? @(\S+)/.exec(server.curl)![1]!
  digit = JSON.parse(readFileSync(path.startsWith('/') ? path : `${folder}/${path}`, 'utf8'))
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly error?: string; readonly outputs?: readonly { data: number[] }[] }
}

async function infer(body: string, key = server.apiKey): Promise<Answer> {
  const response = await fetch(`${server.url}/v2/models/digits/infer`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body,
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  }
}

/** The harmless twin of everything below: the server still serves. */
async function stillServes(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status, headers } = await infer(JSON.stringify(digit))
    if (status !== 429) return expect(status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, Number(headers.get('retry-after')) * 1000))
  }
}

describe('the demo gateway', () => {
  test('answers the pasted curl line with the digit that was drawn', async () => {
    const plain = await shell(server.curl, { cwd: folder })
    expect(plain.code, plain.stderr).toBe(0)
    const scores = (JSON.parse(plain.stdout) as Answer['body']).outputs![0]!.data
    expect(scores.indexOf(Math.max(...scores))).toBe(server.expectedDigit)
    const piped = await shell(server.curlDigit, { cwd: folder })
    expect(piped.stdout).toContain(String(server.expectedDigit))
  })

  test('refuses a request without a key, and one with a key that never was', async () => {
    expect((await infer(JSON.stringify(digit), '')).status).toBe(401)
    expect((await infer(JSON.stringify(digit), `${server.apiKey}x`)).status).toBe(401)
    await stillServes()
  })

  test('refuses a revoked key within a second, though another process revoked it', async () => {
    const made = await merlon(['key', 'create', 'short-lived', '--role', 'infer', '--json'], {
      cwd: folder,
    })
    expect(made.code, made.stderr).toBe(0)
    const { key } = JSON.parse(made.stdout) as { key: string }
    const until = async (status: number) => {
      const deadline = performance.now() + 2000
      while ((await infer(JSON.stringify(digit), key)).status !== status) {
        expect(performance.now()).toBeLessThan(deadline)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    await until(200)
    const revoked = await merlon(['key', 'revoke', 'short-lived', '--yes', '--json'], {
      cwd: folder,
    })
    expect(revoked.code, revoked.stderr).toBe(0)
    await until(401)
    await stillServes()
  })

  test('names the input whose shape is wrong', async () => {
    const [input] = digit.inputs
    const wrong = { inputs: [{ ...input!, shape: [1, 1, 27, 28], data: input!.data.slice(28) }] }
    const { status, body } = await infer(JSON.stringify(wrong))
    expect(status).toBe(400)
    expect(body.error).toContain('input')
    expect(body.error).toContain('27')
    await stillServes()
  })

  test.each(['NaN', 'null', '1e999', '-Infinity'])(
    'names the input that holds %s',
    async (number) => {
      const text = JSON.stringify(digit).replace(/"data":\[[^,]+,/, `"data":[${number},`)
      const { status, body } = await infer(text)
      expect(status).toBe(400)
      expect(body.error).toContain('"input"')
      await stillServes()
    },
  )

  test('refuses an oversized body before it is read', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${server.url}/v2/models/digits/infer`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.apiKey}`, 'content-length': 10 ** 9 },
      })
      sent.on('response', (response) => {
        resolve(response.statusCode)
        sent.destroy()
      })
      sent.on('error', reject)
      // Only the head is sent: an answer can come only if the body is not waited for.
      sent.flushHeaders()
    })
    expect(status).toBe(413)
    await stillServes()
  })

  test('says when to come back to those who are over the limit', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => infer(JSON.stringify(digit))),
    )
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(0)
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
    for (const { headers } of limited) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    }
    await stillServes()
  })
})
