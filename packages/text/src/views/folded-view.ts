import { type Edit, edited, type View } from './view.ts'

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** For words alone: letters spelled apart are joined, digits and signs inside words are letters, no case. */
export function foldedView(view: View): View {
  const joined = edited(view, 'folded', joins(view.text))
  const spelled = edited(joined, 'folded', leetEdits(joined.text))
  // U+0130 is the one letter whose lower case is longer.
  const text = spelled.text.replaceAll('\u0130', 'i').toLowerCase()
  return { ...spelled, name: 'folded', text }
}

const apart = /(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[ .\-_*|/]{1,3}[\p{L}\p{N}](?![\p{L}\p{N}])){3,}/gu
const separators = /[ .\-_*|/]+/g

/** `i g n o r e` is one word; a wider gap between such letters is the space between words. */
function joins(text: string): Edit[] {
  const edits: Edit[] = []
  for (const { 0: run, index } of text.matchAll(apart)) {
    for (const { 0: gap, index: at } of run.matchAll(separators)) {
      const from = index + at
      edits.push({ from, to: from + gap.length, text: gap.length > 1 ? ' ' : '' })
    }
  }
  return edits
}

const mixed = /(?<![\w@$!])(?=[\d@$!]*[a-z])(?=[a-z]*[\d@$!])[a-z\d@$!]+/gi
const leetSigns = /[0134578@$!](?!$)|[0134578@$](?=$)/g

/** `1gn0r3`; a word of digits alone stays a number, and a mark at the end of a word stays a mark. */
function leetEdits(text: string): Edit[] {
  const edits: Edit[] = []
  for (const { 0: word, index } of text.matchAll(mixed)) {
    for (const { 0: sign, index: at } of word.matchAll(leetSigns)) {
      const from = index + at
      edits.push({ from, to: from + 1, text: leet[sign]! })
    }
  }
  return edits
}
