import { randomBytes } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CryptoError } from './crypto-error.ts'
import { limits } from './limits.ts'
import { Secret } from './secret.ts'
import { type SigningKey, signingKeyFromPem } from './signing-key.ts'

/** Read or changed by others, or changed by the group. A group that may read is how secrets are mounted. */
const exposedMode = 0o027

/**
 * Reads an Ed25519 private key (PEM, PKCS#8).
 * @throws CryptoError KEY_FILE_UNREADABLE, KEY_FILE_EXPOSED if other users may read or change the file
 */
export async function readSigningKey(path: string): Promise<SigningKey> {
  const text = await readSmallFile(path)
  try {
    return signingKeyFromPem(new Secret(text))
  } catch (cause) {
    throw unreadable(path, 'does not hold an Ed25519 private key in PEM', cause)
  }
}

/**
 * Writes a private key to a new file of mode 0600: whole or not at all, and never over another file.
 * @throws CryptoError KEY_FILE_EXISTS
 */
export async function writeSigningKey(path: string, key: SigningKey): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(key.pem().reveal())
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike rename, link fails if the name is taken: two writers cannot both win.
    await link(draft, path)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
    throw new CryptoError('KEY_FILE_EXISTS', `${path} is already there; it was not changed`, {
      cause,
    })
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}

async function readSmallFile(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, `cannot be opened (${codeOf(cause)})`, cause)
  })
  try {
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & exposedMode) !== 0) {
      throw new CryptoError(
        'KEY_FILE_EXPOSED',
        `${path} has mode ${(mode & 0o777).toString(8)}; run chmod 600 on it`,
      )
    }
    if (size > limits.keyFileBytesMax) throw unreadable(path, 'is too long to be a key')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function unreadable(path: string, why: string, cause?: unknown): CryptoError {
  return new CryptoError('KEY_FILE_UNREADABLE', `the signing key ${path} ${why}`, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
