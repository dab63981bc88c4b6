import { type Finding, placeText, type Skipped } from '@merlon/core'
import type { Paint } from './paint.ts'
import { plain } from './plain.ts'
import { capitalised, hang } from './wrap.ts'

/** Findings for people: severity, rule, what, where, evidence, and each rule's fix once. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap((finding, i) => {
    const { severity, rule, title, place, evidence, fix, effect } = finding
    const isSaid = findings.slice(0, i).some((one) => one.rule === rule && one.fix === fix)
    const name = plain(rule)
    const heading = {
      head: `${paint.severity(severity)} ${paint.bold(name)} `,
      headLength: severity.length + name.length + 2,
      indent: 2,
    }
    return [
      ...hang(heading, capitalised(plain(title)) + (effect === 'accepted' ? accepted : ''), paint),
      ...detail('where', placeText(place), paint),
      ...detail('evidence', evidence, paint),
      ...(isSaid ? [] : detail('fix', fix, paint)),
    ]
  })
}

const accepted = ' (accepted: the baseline has it too)'

/** `  fix      Harden the model ...`, with the lines after the first below its text. */
function detail(label: string, text: string, paint: Paint): string[] {
  const column = 'evidence'.length
  const space = ' '.repeat(column - label.length + 1)
  const headLength = column + 3
  const head = `  ${paint.dim(label)}${space}`
  return hang({ head, headLength, indent: headLength }, plain(text), paint)
}

/** What was not checked: `-` and the reason, which is not the same as nothing found. */
export function skippedLines(skipped: readonly Skipped[], paint: Paint): string[] {
  const mark = { head: `${paint.warn('-')} `, headLength: 2, indent: 2 }
  return skipped.flatMap(({ what, why }) =>
    hang(mark, `not checked: ${plain(what)}: ${plain(why)}`, paint),
  )
}
