import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkSignature, readCheckpoint } from './checkpoint.ts'

/** The example of the signed-note specification of the Go project (golang.org/x/mod/sumdb/note). */
const published = {
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note:
    'If you think cryptography is the answer to your problem,\n' +
    'then you don’t know what your problem is.\n\n' +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
}

describe('checkpoints', () => {
  const { note, key } = madeByNode('example.com/log', 7)

  test('a checkpoint says its origin, size and root', () => {
    expect(readCheckpoint(note)).toEqual({
      origin: 'example.com/log',
      size: 7,
      rootHash: '07'.repeat(32),
    })
  })

  test.each(['', 'origin\n', 'origin\n-1\nAAAA\n', 'origin\n07\nAAAA\n', 'origin\n7\nAAAA\n'])(
    '%j is no checkpoint',
    (text) => {
      expect(readCheckpoint(text)).toBeNull()
    },
  )

  test('a note signed by another implementation is signed', async () => {
    expect(await checkSignature(note, key)).toEqual({ kind: 'signed', name: 'example.com/log' })
  })

  test('the published example is signed, apostrophe and all', async () => {
    const asWritten = published.note.replace('don’t', "don't")
    expect((await checkSignature(asWritten, published.key)).kind).toBe('signed')
    expect((await checkSignature(published.note, published.key)).kind).toBe('forged')
  })

  test('a changed size, a missing signature and a stranger’s key are forged', async () => {
    const stranger = madeByNode('example.com/log', 7).key
    expect((await checkSignature(note.replace('\n7\n', '\n8\n'), key)).kind).toBe('forged')
    expect((await checkSignature(note.slice(0, note.indexOf('—')), key)).kind).toBe('forged')
    expect((await checkSignature(note, stranger)).kind).toBe('forged')
  })

  test('a key that cannot be read is not checked, which is not the same as signed', async () => {
    for (const unreadable of ['', 'AAAA', key.replace(/\+\w{8}\+/, '+00000000+')]) {
      expect((await checkSignature(note, unreadable)).kind).toBe('unchecked')
    }
  })
})

function madeByNode(name: string, size: number): { readonly note: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const typed = Buffer.concat([Buffer.of(1), raw])
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4)
  const text = `${name}\n${size}\n${Buffer.alloc(32, 7).toString('base64')}\n`
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)])
  return {
    note: `${text}\n— ${name} ${signature.toString('base64')}\n`,
    key: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
  }
}
