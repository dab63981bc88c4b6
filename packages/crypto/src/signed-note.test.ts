import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openNote, signNote, unverifiedNoteText } from './signed-note.ts'
import { generateSigningKey, signingKeyFromSeed } from './signing-key.ts'
import { parseVerifierKey, verifierKey } from './verifier-key.ts'

/** The example of golang.org/x/mod/sumdb/note: the format's first implementation. */
const go = {
  name: 'PeterNeumann',
  verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  seed: Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1),
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature:
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
}

/** The example of the C2SP signed-note specification. */
const c2sp = {
  verifier: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  text: 'This is an example message.\n',
  signature:
    '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
}

describe('a signed note', () => {
  test('is made as other implementations make it, byte for byte', () => {
    const key = signingKeyFromSeed(go.seed)
    expect(verifierKey(go.name, key.publicKey)).toBe(go.verifier)
    expect(signNote(go.text, go.name, key)).toBe(`${go.text}\n${go.signature}`)
  })

  test('of other implementations opens', () => {
    for (const { verifier, text, signature } of [go, c2sp]) {
      const { name, publicKey } = parseVerifierKey(verifier)
      expect(openNote(`${text}\n${signature}`, name, publicKey)).toBe(text)
      expect(verifierKey(name, publicKey)).toBe(verifier)
    }
  })

  test('opens beside signatures by others, and in a text with blank lines', () => {
    const [ours, theirs] = [generateSigningKey(), generateSigningKey()]
    const text = 'one\n\ntwo\n'
    const line = signNote(text, 'them', theirs).slice(text.length + 1)
    const note = `${signNote(text, 'us', ours)}${line}`
    expect(openNote(note, 'us', ours.publicKey)).toBe(text)
    expect(openNote(note, 'them', theirs.publicKey)).toBe(text)
  })

  test('is refused under another name, by another key, and after a signature that fails', () => {
    const key = generateSigningKey()
    const note = signNote('text\n', 'us', key)
    const other = generateSigningKey().publicKey
    const code = { code: 'NOTE_INVALID' }
    expect(() => openNote(note, 'them', key.publicKey)).toThrow(expect.objectContaining(code))
    expect(() => openNote(note, 'us', other)).toThrow(expect.objectContaining(code))
    const wrong = signNote('other\n', 'us', key).slice('other\n\n'.length)
    expect(() => openNote(`${note}${wrong}`, 'us', key.publicKey)).toThrow(
      expect.objectContaining(code),
    )
  })

  test('is refused after any single bit of it is flipped', () => {
    const key = signingKeyFromSeed(go.seed)
    const note = Buffer.from(signNote('example.com/log\n12\n', 'us', key))
    for (let bit = 0; bit < note.length * 8; bit++) {
      const flipped = Buffer.from(note)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => openNote(flipped.toString('utf8'), 'us', key.publicKey)).toThrow(
        'cannot be trusted',
      )
    }
  })

  test('is refused without a crash for any text', () => {
    const { publicKey } = generateSigningKey()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(() => openNote(`${text}\n\n— us AAAAAAAA\n`, 'us', publicKey)).toThrow()
        expect(() => openNote(text, 'us', publicKey)).toThrow()
      }),
    )
  })

  test('of any text and name that are allowed opens again', () => {
    const key = generateSigningKey()
    const texts = fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => `${text}\n`)
    fc.assert(
      fc.property(texts, (text) => {
        const note = signNote(text, 'example.com/log', key)
        expect(openNote(note, 'example.com/log', key.publicKey)).toBe(text)
        expect(unverifiedNoteText(note)).toBe(text)
      }),
    )
  })

  test('is not made of control characters, without a last newline, or under a name with spaces', () => {
    const key = generateSigningKey()
    for (const text of ['', 'no newline', 'tab\t\n', 'bell\u0007\n', '\ud800\n']) {
      expect(() => signNote(text, 'us', key)).toThrow('a note must end')
    }
    for (const name of ['', 'a b', 'a+b', 'a\u2003b', 'a\nb', '\ud800']) {
      expect(() => signNote('text\n', name, key)).toThrow('a key name must not')
    }
  })
})

describe('a verifier key', () => {
  test('is refused when any character of it is changed', () => {
    for (let i = 0; i < go.verifier.length; i++) {
      const other = go.verifier[i] === 'B' ? 'C' : 'B'
      const changed = go.verifier.slice(0, i) + other + go.verifier.slice(i + 1)
      expect(() => parseVerifierKey(changed)).toThrow('the verifier key cannot be used')
    }
  })

  test('is refused for other shapes, other key types and any length', () => {
    const bad = ['', 'a', 'a+b', `${go.verifier}=`, ` ${go.verifier}`, `${go.verifier}\n`]
    for (const text of [...bad, 'n+00000000+AgAA', 'x'.repeat(5000)]) {
      expect(() => parseVerifierKey(text)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }))
    }
  })
})
