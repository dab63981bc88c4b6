import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { drawDigits } from '@merlon/dataset'
import { buildLenet, gradientModel, type OnnxModel, openModel, openTrainer } from '@merlon/model'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../tools/requirements.ts'
import { chromiumArgs } from './support/chromium.ts'

const shape = [1, 1, 28, 28] as const
const epsilon = 0.2
const require = createRequire(import.meta.url)
const runtime = dirname(require.resolve('onnxruntime-web'))
const guide = new URL('../docs/guides/gradients-in-a-browser.md', import.meta.url)

/** The function of the guide's page. */
type Fgsm = (
  data: Float32Array,
  shape: readonly number[],
  label: number,
  epsilon: number,
) => Promise<Record<'gradient' | 'scores' | 'moved' | 'scoresAfter', Float32Array>>

describeWith('chromium', 'the derived gradient in a browser', (executablePath) => {
  let server: Server
  let browser: Browser
  let model: OnnxModel
  let origin = ''
  const digit = new Float32Array(784)
  let label = 0

  beforeAll(async () => {
    const bytes = await trained()
    model = await openModel(bytes, { threads: 1 })
    const { images, labels } = digits(2)
    const answered = await model.labels({ shape: [64, 1, 28, 28], data: images.slice(0, 64 * 784) })
    const right = answered.findIndex((each, i) => each === labels[i])
    digit.set(images.subarray(right * 784, (right + 1) * 784))
    label = labels[right]!
    const files = new Map<string, readonly [type: string, body: Uint8Array | string]>([
      ['/', ['text/html', '<!doctype html><script type="module" src="/start.js"></script>']],
      ['/start.js', ['text/javascript', "import { fgsm } from '/page.js'\nglobalThis.fgsm = fgsm"]],
      ['/page.js', ['text/javascript', pageOfGuide()]],
      ['/gradient.onnx', ['application/octet-stream', (await gradientModel(bytes)).bytes]],
    ])
    server = createServer(({ url = '' }, reply) => {
      const [type, body] = files.get(url) ?? ofRuntime(url) ?? ['', undefined]
      if (body === undefined) reply.writeHead(404).end()
      else {
        const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
        reply.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(body)
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
    browser = await chromium.launch({ executablePath, args: chromiumArgs })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    await model?.close()
  })

  test('moves a digit to another class, as it does here', async () => {
    const page = await browser.newPage()
    await page.goto(origin)
    const given = { data: Array.from(digit), shape: [...shape], label, epsilon }
    await page.waitForFunction(() => 'fgsm' in globalThis)
    const found = await page.evaluate(async ({ data, shape: sizes, label: own, epsilon: far }) => {
      // The page's script put it there.
      const { fgsm } = globalThis as unknown as { fgsm: Fgsm }
      const result = await fgsm(Float32Array.from(data), sizes, own, far)
      return {
        gradient: Array.from(result.gradient),
        scores: Array.from(result.scores),
        moved: Array.from(result.moved),
        scoresAfter: Array.from(result.scoresAfter),
      }
    }, given)
    const native = await model.lossGradient(
      { shape: [...shape], data: digit },
      Int32Array.of(label),
    )
    const most = native.gradient.data.reduce((top, each) => Math.max(top, Math.abs(each)), 0)
    expect(worst(found.gradient, native.gradient.data) / most).toBeLessThanOrEqual(1e-4)
    expect(worst(found.scores, native.scores.data)).toBeLessThanOrEqual(1e-3)
    const moved = { shape: [...shape], data: Float32Array.from(found.moved) }
    expect(worst(found.moved, digit)).toBeLessThanOrEqual(epsilon + 1e-6)
    expect(worst(found.scoresAfter, (await model.scores(moved)).data)).toBeLessThanOrEqual(1e-3)
    expect(best(found.scores)).toBe(label)
    expect(best(found.scoresAfter)).not.toBe(label)
    expect(await model.labels(moved)).toEqual(Int32Array.of(best(found.scoresAfter)))
  })
})

/** The script that the guide shows. */
function pageOfGuide(): string {
  const text = readFileSync(guide, 'utf8')
  return /<!-- run by test\/browser-gradient\.test\.ts -->\n```ts\n([\s\S]*?)```/.exec(text)![1]!
}

function ofRuntime(url: string): readonly [type: string, body: Uint8Array] | undefined {
  const file = join(runtime, basename(url))
  if (!url.startsWith('/ort/') || !existsSync(file)) return undefined
  return [url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript', readFileSync(file)]
}

function digits(seed: number) {
  const { inputs, labels } = drawDigits({ count: 640, seed })
  return { images: inputs.data, labels }
}

/** A small network that knows the drawn digits. */
async function trained(): Promise<Uint8Array> {
  const { images, labels } = digits(1)
  const trainer = await openTrainer(buildLenet({ inputShape: [1, 28, 28], classes: 10, seed: 1 }), {
    optimizer: { kind: 'adam', learningRate: 0.002 },
    threads: 1,
  })
  for (let step = 0; step < 60; step++) {
    const start = (step * 32) % 640
    const data = images.slice(start * 784, (start + 32) * 784)
    await trainer.step({ shape: [32, 1, 28, 28], data }, labels.slice(start, start + 32))
  }
  const bytes = trainer.export()
  await trainer.close()
  return bytes
}

function worst(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length)
  return Array.from(found).reduce((top, each, i) => Math.max(top, Math.abs(each - wanted[i]!)), 0)
}

function best(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores))
}
