import { visibleText } from './visible-text.ts'

/** HTML or XML that is safe to write as it is. Only `markup` makes it. */
export interface Markup {
  readonly markup: string
}

type Part = Markup | string | number | undefined | readonly Part[]

/**
 * A template that escapes all that is put into it, so that forgetting is not possible; nested markup and lists
 * of it stand as they are. Its output is right in the text and in the quoted attributes of HTML and of XML.
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.map((text, i) => text + written(parts[i])).join('') }
}

/** Markup of our own that has no outside text in it, such as a style sheet. */
export function verbatim(text: string): Markup {
  return { markup: text }
}

function written(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escapeMarkup(part)
  if (isList(part)) return part.map(written).join('')
  return part.markup
}

function isList(part: Markup | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // An attribute would turn these into spaces.
  '\n': '&#10;',
  '\t': '&#9;',
}

function escapeMarkup(text: string): string {
  return visibleText(text).replace(/[&<>"'\n\t]/g, (character) => entities[character]!)
}
