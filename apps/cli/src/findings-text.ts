import { type Finding, placeText, type Skipped } from '@merlon/core'
import type { Paint } from './paint.ts'
import { plain } from './plain.ts'

/** Findings for people: severity, rule, what, where, evidence, and each rule's fix once. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ severity, rule, title, place, evidence, fix }, i) => {
    const isSaid = findings.slice(0, i).some((one) => one.rule === rule && one.fix === fix)
    return [
      `${paint.severity(severity)} ${paint.bold(plain(rule))} ${plain(title)}`,
      `  ${paint.dim('where')}    ${plain(placeText(place))}`,
      `  ${paint.dim('evidence')} ${plain(evidence)}`,
      ...(isSaid ? [] : [`  ${paint.dim('fix')}      ${plain(fix)}`]),
    ]
  })
}

/** What was not checked: `-` and the reason, which is not the same as nothing found. */
export function skippedLines(skipped: readonly Skipped[], paint: Paint): string[] {
  return skipped.map(
    ({ what, why }) => `${paint.warn('-')} not checked: ${plain(what)}: ${plain(why)}`,
  )
}
