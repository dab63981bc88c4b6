import {
  openNote,
  type PublicKey,
  type SigningKey,
  signNote,
  unverifiedNoteText,
} from '@merlon/crypto'

/** A signed statement about all records so far (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string
  /** How many records it covers. */
  readonly size: number
  /** Base64, as in the note. */
  readonly rootHash: string
  /** The signed note itself. */
  readonly note: string
}

/** Signs the state of a log. */
export function signCheckpoint(
  origin: string,
  size: number,
  root: Uint8Array,
  key: SigningKey,
): Checkpoint {
  const rootHash = Buffer.from(root).toString('base64')
  return {
    origin,
    size,
    rootHash,
    note: signNote(`${origin}\n${size}\n${rootHash}\n`, origin, key),
  }
}

/**
 * The checkpoint in a note that `publicKey` signed; the origin must be `origin` where one is given.
 * @throws CryptoError NOTE_INVALID
 * @throws Error if the signed text is no checkpoint
 */
export function openCheckpoint(
  note: string,
  origin: string | undefined,
  publicKey: PublicKey,
): Checkpoint {
  const claimed = origin ?? unverifiedCheckpoint(note).origin
  const checkpoint = parseText(openNote(note, claimed, publicKey), note)
  if (checkpoint.origin !== claimed) throw new Error('the signed text names another origin')
  return checkpoint
}

/** What a note claims, with its signature not checked. */
export function unverifiedCheckpoint(note: string): Checkpoint {
  return parseText(unverifiedNoteText(note), note)
}

/** The root as bytes. */
export function rootOf(checkpoint: Checkpoint): Buffer {
  return Buffer.from(checkpoint.rootHash, 'base64')
}

function parseText(text: string, note: string): Checkpoint {
  const match = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text)
  const [, origin, size, rootHash] = match ?? []
  if (origin === undefined || size === undefined || rootHash === undefined) {
    throw new Error('the signed text is not of the form of a checkpoint')
  }
  return { origin, size: Number(size), rootHash, note }
}
