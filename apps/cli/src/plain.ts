// Control characters, bidirectional overrides and invisible marks: what could move the cursor,
// recolour the screen or make a line read otherwise than it is.
const unsafe =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}]/gu

/** Text from outside on one line that is safe on a terminal: what it would obey shows as `[U+001B]`. */
export function plain(text: string): string {
  return text.replace(/[\n\t]+/g, ' ').replace(unsafe, (character) => {
    const code = character.codePointAt(0)?.toString(16).toUpperCase() ?? ''
    return `[U+${code.padStart(4, '0')}]`
  })
}
