/** Bounds on what reading a text may cost. */
export const limits = {
  /** UTF-16 units of one text. Passing it is TEXT_TOO_LONG. */
  charsMax: 2 ** 24,
  /** Codings inside codings, such as base64 of URL escapes. What lies deeper is reported as unread. */
  decodeDepthMax: 4,
  /** Combining marks that follow one character and are read with it (stream-safe text, UAX #15). */
  marksMax: 30,
  /** A text is looked at in tiles of this size, each with what follows it and what stands before it. */
  tileChars: 512,
  lookaheadChars: 384,
  contextChars: 128,
} as const
