import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawDigits } from '@merlon/dataset'
import { expect, test } from 'vitest'
import { digitRequest } from './demo-model.ts'
import { writeSampleProject } from './sample-project.ts'

test('the request of the demo holds one drawn digit of the asked kind, in its exact grey levels', () => {
  const { inputs } = JSON.parse(digitRequest(7)) as {
    inputs: { name: string; datatype: string; shape: number[]; data: number[] }[]
  }
  expect(inputs[0]).toMatchObject({ name: 'input', datatype: 'FP32', shape: [1, 1, 28, 28] })
  const data = inputs[0]?.data ?? []
  expect(data).toHaveLength(784)
  const bytes = data.map((pixel) => pixel * 255)
  for (const byte of bytes) expect(Math.abs(byte - Math.round(byte))).toBeLessThan(0.05)
  const drawn = drawDigits({ count: 1, seed: 1 }).inputs.data
  expect(Math.max(...data)).toBeGreaterThan(Math.max(...drawn) / 2)
})

test('a sample project overwrites nothing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'merlon-init-'))
  mkdirSync(join(dir, 'models'))
  writeFileSync(join(dir, 'models', 'digits.onnx'), 'mine')
  const { signal } = new AbortController()
  const written = writeSampleProject({ dir, tell: () => undefined, signal })
  await expect(written).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect(readdirSync(dir)).toEqual(['models'])
})
