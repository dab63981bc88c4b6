import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { repeatCommand } from './repeat-command.ts'

const assessment = {
  model: 'digits',
  seed: 7,
  inputs: [
    { path: 'data/images.idx', sha256: '0'.repeat(64) },
    { path: 'models/digits.onnx', sha256: '0'.repeat(64) },
  ],
  options: { data: 'data', attack: 'fgsm,pgd', seed: '7' },
}

test('the command names the model file, each option once, and the seed', () => {
  expect(repeatCommand(assessment)).toBe(
    'merlon assess models/digits.onnx --data data --attack fgsm,pgd --seed 7',
  )
})

test('a hostile path stays one word in a shell', () => {
  const path = "a'; touch /tmp/x; '$(id).onnx"
  const command = repeatCommand({ ...assessment, inputs: [{ path, sha256: '' }] })
  const words = execFileSync('/bin/sh', ['-c', command.replace('merlon', 'printf "%s\\n"')], {
    encoding: 'utf8',
  })
  expect(words.split('\n')[1]).toBe(path)
})
