import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildMlp } from '@merlon/model'
import { expect, test } from 'vitest'
import { emptyFolder, run } from './world.test-support.ts'

/** 16-bit PCM at 8 kHz. */
function wav(samples: readonly number[]): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + 2 * samples.length, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(8000, 24)
  bytes.writeUInt32LE(16_000, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(2 * samples.length, 40)
  for (const [k, value] of samples.entries())
    bytes.writeInt16LE(Math.round(32_767 * value), 44 + 2 * k)
  return bytes
}

test('an assessment of recordings says how loud they are beside what fooled the model', async () => {
  const cwd = emptyFolder()
  for (const [c, name] of ['high', 'low'].entries()) {
    mkdirSync(join(cwd, 'sounds', name), { recursive: true })
    for (let i = 0; i < 6; i++) {
      const tone = Array.from({ length: 64 }, (_, t) => 0.5 * Math.sin((t + i) / (1 + 3 * c)))
      writeFileSync(join(cwd, 'sounds', name, `${i}.wav`), wav(tone))
    }
  }
  const model = buildMlp({ inputShape: [64], classes: 2, hidden: [8], seed: 1 })
  writeFileSync(join(cwd, 'model.onnx'), model)
  const line = 'assess model.onnx -d sounds -a pgd --norm l2 -e 3 --no-keep --json'
  const { estimates } = JSON.parse((await run(line, { cwd })).stdout)
  const snr = estimates.find(({ name }: { name: string }) => name === 'median SNR in dB')
  expect(snr.n).toBeGreaterThan(0)
  // A tone of 64 samples at half of full scale has an l2 length of 2.8: what is 3 away is about as loud as it.
  expect(snr.value).toBeGreaterThan(-2)
  expect(snr.interval[0]).toBeLessThanOrEqual(snr.interval[1])
})
