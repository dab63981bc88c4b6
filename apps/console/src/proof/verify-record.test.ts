import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { AuditProof } from '@merlon/api'
import { describe, expect, test } from 'vitest'
import { verifyRecord } from './verify-record.ts'

describe('a record in the browser', () => {
  const { record, key } = logOfTwo()
  const proof = record.proof!

  test('is proven when entry, path, checkpoint and signature agree', async () => {
    const { verdict, steps } = await verifyRecord(record, key)
    expect(verdict).toBe('proven')
    expect(steps).toHaveLength(1)
  })

  test.each<[string, string, AuditProof]>([
    ['the entry', 'Entry', { ...record, entry: record.entry.replace('block', 'pass') }],
    ['the index', 'Path', { ...record, index: 0 }],
    ['a hash', 'Path', { ...record, proof: { ...proof, hashes: ['00'.repeat(32)] } }],
    ['the root', 'Checkpoint', { ...record, proof: { ...proof, rootHash: '00'.repeat(32) } }],
    ['the size', 'Checkpoint', { ...record, proof: { ...proof, treeSize: 3 } }],
    [
      'the checkpoint',
      'Signature',
      { ...record, proof: { ...proof, checkpoint: proof.checkpoint.replace('log', 'lag') } },
    ],
  ])('is broken when %s was changed', async (_, name, changed) => {
    const { verdict, checks } = await verifyRecord(changed, key)
    expect(verdict).toBe('broken')
    expect(checks.find((check) => check.name === name)?.state).toBe('failed')
  })

  test('is incomplete, not proven, without a checkpoint or without a key', async () => {
    expect((await verifyRecord({ ...record, proof: null }, key)).verdict).toBe('incomplete')
    expect((await verifyRecord(record, 'no key')).verdict).toBe('incomplete')
  })
})

/** A log of two records, written with node:crypto alone. */
function logOfTwo(): { readonly record: AuditProof; readonly key: string } {
  const name = 'log'
  const entry = '{"kind":"decision","verdict":"block"}'
  const other = hash(Buffer.of(0), Buffer.from('{}'))
  const leaf = hash(Buffer.of(0), Buffer.from(entry))
  const root = hash(Buffer.of(1), other, leaf)
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const typed = Buffer.concat([Buffer.of(1), raw])
  const id = hash(Buffer.from(`${name}\n`), typed).subarray(0, 4)
  const text = `${name}\n2\n${root.toString('base64')}\n`
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)])
  const checkpoint = `${text}\n— ${name} ${signature.toString('base64')}\n`
  return {
    key: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    record: {
      index: 1,
      at: 0,
      kind: 'decision',
      summary: 'blocked',
      leafHash: leaf.toString('hex'),
      entry,
      proof: {
        treeSize: 2,
        rootHash: root.toString('hex'),
        hashes: [other.toString('hex')],
        checkpoint,
      },
    },
  }
}

function hash(...parts: readonly Buffer[]): Buffer {
  const sha256 = createHash('sha256')
  for (const part of parts) sha256.update(part)
  return sha256.digest()
}
