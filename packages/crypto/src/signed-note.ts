import { CryptoError } from './crypto-error.ts'
import { limits } from './limits.ts'
import type { PublicKey, SigningKey } from './signing-key.ts'
import { assertKeyName, isKeyName, keyId } from './verifier-key.ts'

/**
 * Signs a text as a C2SP signed note (https://c2sp.org/signed-note) under the name `origin`.
 * @throws CryptoError NOTE_UNSIGNABLE if the text lacks its last newline or holds control characters
 */
export function signNote(text: string, origin: string, key: SigningKey): string {
  assertKeyName(origin)
  if (!isNoteText(text)) {
    throw new CryptoError(
      'NOTE_UNSIGNABLE',
      'a note must end with a newline and hold no control characters',
    )
  }
  const signature = key.sign(Buffer.from(text))
  const line = Buffer.concat([keyId(origin, key.publicKey), signature]).toString('base64')
  return `${text}\n— ${origin} ${line}\n`
}

/**
 * The text of a note that `publicKey` signed under the name `origin`. Signatures by other keys are ignored.
 * @throws CryptoError NOTE_INVALID
 */
export function openNote(note: string, origin: string, publicKey: PublicKey): string {
  const { text, signatures } = parseNote(note)
  const id = keyId(origin, publicKey)
  const ours = signatures.filter((s) => s.name === origin && id.equals(s.bytes.subarray(0, 4)))
  if (ours.length === 0) throw invalid('it has no signature by the given key and name')
  const signed = Buffer.from(text)
  // One bad signature by a known key condemns the note, even beside a good one.
  if (!ours.every((s) => publicKey.verify(signed, s.bytes.subarray(4)))) {
    throw invalid('its signature does not match its text')
  }
  return text
}

/**
 * The text of a note, WITHOUT verifying it: for showing what a note claims.
 * @throws CryptoError NOTE_INVALID if it is not of the form of a note
 */
export function unverifiedNoteText(note: string): string {
  return parseNote(note).text
}

interface NoteSignature {
  readonly name: string
  /** Four bytes of key id, then the signature. */
  readonly bytes: Buffer
}

function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  if (note.length > limits.noteBytesMax) throw invalid('it is too long')
  if (!isNoteText(note)) throw invalid('it holds control characters or lacks its last newline')
  const split = note.lastIndexOf('\n\n')
  if (split < 0) throw invalid('it has no blank line before its signatures')
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > limits.noteSignaturesMax) throw invalid('it has too many signatures')
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

function parseSignature(line: string): NoteSignature {
  const [, name, base64] = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? []
  if (name === undefined || base64 === undefined || !isKeyName(name)) {
    throw invalid('a signature line is malformed')
  }
  const bytes = Buffer.from(base64, 'base64')
  // Buffer ignores stray bits at the end of base64: only the one right spelling is accepted.
  if (bytes.length < 5 || bytes.toString('base64') !== base64) {
    throw invalid('the base64 of a signature is damaged')
  }
  return { name, bytes }
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text)
}

function invalid(why: string): CryptoError {
  return new CryptoError('NOTE_INVALID', `the signed note cannot be trusted: ${why}`)
}
