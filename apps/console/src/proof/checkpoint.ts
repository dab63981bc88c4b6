import { fromBase64, join, toHex } from './bytes.ts'

/** What a log's checkpoint says (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** Lower-case hex. */
  readonly rootHash: string
}

/** Whether somebody signed a note: `unchecked` where this browser could not find out. */
export type SignatureCheck =
  | { readonly kind: 'signed'; readonly name: string }
  | { readonly kind: 'forged'; readonly why: string }
  | { readonly kind: 'unchecked'; readonly why: string }

const noteCharsMax = 64 * 1024

/** The body of a checkpoint; `null` where the text is not one. */
export function readCheckpoint(note: string): Checkpoint | null {
  if (note.length > noteCharsMax) return null
  const [origin, size, root] = note.split('\n')
  if (!origin || size === undefined || root === undefined) return null
  const hash = fromBase64(root)
  if (!/^(?:0|[1-9]\d{0,15})$/.test(size) || hash?.length !== 32) return null
  return { origin, size: Number(size), rootHash: toHex(hash) }
}

/**
 * Checks the Ed25519 signature of a signed note (C2SP signed-note) against a verifier key,
 * `name+hash+base64`.
 */
export async function checkSignature(note: string, verifierKey: string): Promise<SignatureCheck> {
  const key = await readVerifierKey(verifierKey)
  if (key === null) return unchecked('the log’s public key is not a C2SP verifier key')
  const end = note.length > noteCharsMax ? -1 : note.lastIndexOf('\n\n')
  if (end < 0) return { kind: 'forged', why: 'the checkpoint carries no signature' }
  const signature = signatureOf(note.slice(end + 2), key)
  if (signature === null) {
    return { kind: 'forged', why: `the checkpoint is not signed by ${key.name}` }
  }
  const text = new TextEncoder().encode(note.slice(0, end + 1))
  try {
    const imported = await crypto.subtle.importKey('raw', key.raw, 'Ed25519', false, ['verify'])
    const isSigned = await crypto.subtle.verify('Ed25519', imported, signature, text)
    if (isSigned) return { kind: 'signed', name: key.name }
    return { kind: 'forged', why: `the signature of ${key.name} does not fit the checkpoint` }
  } catch {
    // The only reason left is the browser: the key and the signature have the right sizes.
    return unchecked('this browser cannot check Ed25519 signatures')
  }
}

function unchecked(why: string): SignatureCheck {
  return { kind: 'unchecked', why }
}

interface VerifierKey {
  readonly name: string
  /** 8 hex digits: the first 4 bytes of SHA-256(name, newline, 0x01, key). */
  readonly id: string
  readonly raw: Uint8Array<ArrayBuffer>
}

const ed25519 = 1

async function readVerifierKey(text: string): Promise<VerifierKey | null> {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim())
  const bytes = match === null ? null : fromBase64(match[3]!)
  if (match === null || bytes?.length !== 33 || bytes[0] !== ed25519) return null
  const name = match[1]!
  const hashed = join(new TextEncoder().encode(`${name}\n`), bytes)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', hashed))
  const id = match[2]!
  return toHex(digest.slice(0, 4)) === id ? { name, id, raw: bytes.slice(1) } : null
}

function signatureOf(lines: string, key: VerifierKey): Uint8Array<ArrayBuffer> | null {
  for (const line of lines.split('\n')) {
    const match = /^— (\S+) (\S+)$/.exec(line)
    const bytes = match === null ? null : fromBase64(match[2]!)
    if (match?.[1] !== key.name || bytes?.length !== 68) continue
    if (toHex(bytes.slice(0, 4)) === key.id) return bytes.slice(4)
  }
  return null
}
