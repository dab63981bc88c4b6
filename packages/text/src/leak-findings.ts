import { type Finding, type Place, placeText } from '@merlon/core'
import type { Leak } from './leaks/leak.ts'
import { textRules } from './rules.ts'

/** Leaks in core's words; `placeOf` says where a leak of this text is. */
export function leakFindings(
  leaks: readonly Leak[],
  placeOf: (leak: Leak) => Place,
): readonly Finding[] {
  return leaks.map((leak) => {
    const { severity, title, fix, references } = textRules[leak.rule]
    const place = placeOf(leak)
    return {
      id: `${leak.rule}/${leak.kind}@${placeText(place)}+${leak.span.start}`,
      rule: leak.rule,
      severity,
      title,
      place,
      evidence: `${leak.kind}: ${outlined(leak.value)}${hiding[leak.view] ?? ''}`,
      fix,
      references,
    }
  })
}

const hiding: Readonly<Record<string, string>> = {
  plain: ', behind tricks of Unicode',
  decoded: ', hidden in a coding',
}

/** Enough of a value to find it again, too little to use it: reports are stored and sent. */
function outlined(value: string): string {
  const characters = Array.from(value)
  const shown = Math.min(4, Math.floor(characters.length / 5))
  const ends = shown === 0 ? '' : `${characters.slice(0, shown).join('')}...`
  return `${ends} (${characters.length} characters)`.trim()
}
