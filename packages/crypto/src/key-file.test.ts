import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSigningKey, writeSigningKey } from './key-file.ts'
import { generateSigningKey } from './signing-key.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'merlon-key-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('a key survives its file, which only its owner can read', async () => {
  const key = generateSigningKey()
  const path = join(folder, 'audit.pem')
  await writeSigningKey(path, key)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const again = await readSigningKey(path)
  expect(again.publicKey.raw).toEqual(key.publicKey.raw)
  expect(readdirSync(folder)).toEqual(['audit.pem'])
})

test('a key is never written over another', async () => {
  const path = join(folder, 'audit.pem')
  await writeSigningKey(path, generateSigningKey())
  const before = readFileSync(path)
  await expect(writeSigningKey(path, generateSigningKey())).rejects.toMatchObject({
    code: 'KEY_FILE_EXISTS',
  })
  expect(readFileSync(path)).toEqual(before)
  expect(readdirSync(folder)).toEqual(['audit.pem'])
})

test('a key that others can read or change is refused; a group may read it', async () => {
  const path = join(folder, 'audit.pem')
  await writeSigningKey(path, generateSigningKey())
  for (const mode of [0o644, 0o604, 0o602, 0o620]) {
    chmodSync(path, mode)
    await expect(readSigningKey(path)).rejects.toMatchObject({ code: 'KEY_FILE_EXPOSED' })
  }
  chmodSync(path, 0o440)
  await readSigningKey(path)
})

test('a missing file, a text, another kind of key and a huge file are refused', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const texts = {
    'text.pem': 'not a key',
    'rsa.pem': rsa.export({ format: 'pem', type: 'pkcs8' }).toString(),
    'huge.pem': 'x'.repeat(100_000),
    'empty.pem': '',
  }
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    await expect(readSigningKey(join(folder, name))).rejects.toMatchObject({
      code: 'KEY_FILE_UNREADABLE',
    })
  }
  await expect(readSigningKey(join(folder, 'absent.pem'))).rejects.toMatchObject({
    code: 'KEY_FILE_UNREADABLE',
  })
})
