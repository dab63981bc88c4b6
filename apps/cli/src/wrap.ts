import type { Paint } from './paint.ts'

/** Lines of at most `width` characters, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/**
 * A text behind a head, which may hold colours and is `headLength` wide. On a terminal the text is
 * broken at spaces, and every line after the first is indented; elsewhere it stays one line.
 */
export function hang(
  { head, headLength, indent }: { head: string; headLength: number; indent: number },
  text: string,
  { width }: Paint,
): string[] {
  if (width === undefined) return [head + text]
  // The head takes its place in the first line and is put there afterwards, with its colours.
  const place = '_'.repeat(Math.max(0, headLength - indent))
  const [first = '', ...rest] = wrap(place + text, Math.max(linesMin, width - indent))
  return [head + first.slice(place.length), ...rest.map((line) => ' '.repeat(indent) + line)]
}

/** Narrower lines than this are left to the terminal. */
const linesMin = 24

/** `the model errs` -> `The model errs`. */
export function capitalised(text: string): string {
  // A name such as merlon.yaml stays as it is written.
  return /^[a-z]+( |$)/.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text
}
