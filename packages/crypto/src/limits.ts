/** The bounds of this package, together so that they can be reviewed. */
export const limits = {
  /** A PEM file of an Ed25519 key has about 120 bytes. */
  keyFileBytesMax: 4096,
  /** Sixteen post-quantum signatures of 5 kB must fit (C2SP signed-note). */
  noteBytesMax: 128 * 1024,
  noteSignaturesMax: 32,
  verifierKeyCharsMax: 1024,
} as const
