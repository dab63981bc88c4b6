/**
 * Hostile text with everything made visible that a page or terminal would hide or obey: control characters,
 * lone surrogates, non-characters, and the marks that reorder what is read (CVE-2021-42574) appear as `[U+202E]`.
 * Line feeds and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(invisible, (character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    return `[U+${code}]`
  })
}

/** The same on one line: for tables, titles and attributes. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/[\n\t]+/g, ' ')
}

const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}\p{Noncharacter_Code_Point}]/gu
