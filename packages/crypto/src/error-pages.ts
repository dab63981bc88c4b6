import type { ErrorPage } from '@merlon/core'
import type { CryptoErrorCode } from './crypto-error.ts'

/** What `merlon explain CODE` prints for each code of this package. */
export const cryptoErrorPages: Readonly<Record<CryptoErrorCode, ErrorPage>> = {
  KEY_FILE_UNREADABLE: {
    title: 'the signing key file cannot be read',
    meaning:
      'The file is missing, cannot be opened by this user, or does not hold an Ed25519 private key as PEM (PKCS#8). Merlon makes a new key only when it makes a new state folder: a new key would make every earlier signature look foreign.',
    fix: 'Put the key back from your backup, or give this user the right to read it. If the key is lost, keep its public key to verify what it signed, and begin a new log with a new key.',
  },
  KEY_FILE_EXPOSED: {
    title: 'the signing key can be read or changed by others',
    meaning:
      'The mode of the file lets other users of this machine read it, or its group change it. Whoever can read the key can sign a forged log, so Merlon refuses to use it.',
    fix: 'Run `chmod 600 FILE`. If somebody may have read it, replace the key and begin a new log.',
  },
  KEY_FILE_EXISTS: {
    title: 'a key file is already there',
    meaning:
      'A new signing key was to be written, but the file exists. Merlon never overwrites a private key.',
    fix: 'Use the key that is there, or move it away first if you are sure that nothing needs it any more.',
  },
  KEY_INVALID: {
    title: 'this is not a public key that Merlon can use',
    meaning:
      'A public key is given as a C2SP verifier key, `name+hash+base64`, of an Ed25519 key. The text has another shape, another key type, or its hash does not match its name and key: usually a copying error.',
    fix: 'Copy the whole line again, without line breaks.',
  },
  NOTE_INVALID: {
    title: 'the signed note does not verify',
    meaning:
      'The text is not a C2SP signed note, or it has no signature that the given key made under the given name. Nothing in it can be trusted.',
    fix: 'Check that the public key and the origin belong to this log. If they do, the note was changed after it was signed: treat it as evidence, and compare it with a copy from elsewhere.',
  },
  NOTE_UNSIGNABLE: {
    title: 'this text or name cannot be part of a signed note',
    meaning:
      'A note ends with a newline and holds no control characters; a key name is not empty and holds no spaces and no plus sign.',
    fix: 'Choose a name like `example.com/audit`. If you did choose one like that, please report this as a bug.',
  },
  PROOF_IMPOSSIBLE: {
    title: 'there is no such proof',
    meaning:
      'A proof was asked for a record outside the tree, or from a larger tree to a smaller one.',
    fix: 'Ask for a record below the size of the tree, or wait until the next checkpoint covers it.',
  },
}
