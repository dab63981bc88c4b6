const charsMax = 64

/** Hostile text as one short, printable, well-formed word of a sentence. */
export function quote(text: string): string {
  const shown = text.length > charsMax ? `${text.slice(0, charsMax)}...` : text
  return JSON.stringify(shown.toWellFormed())
}
