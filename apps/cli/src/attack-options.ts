import { type AttackName, attackCatalogue, attackNames } from '@merlon/attacks'
import type { OptionSpec } from './command.ts'

/** `stepSize` -> `--step-size`. */
export function flagOf(parameter: string): string {
  return `--${parameter.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/**
 * The options of the attack that the words name, from the catalogue; where they name none, those of
 * every attack, so that a mistake is said as what it is.
 */
export function attackOptions(words: readonly string[] | 'all'): readonly OptionSpec[] {
  const named = attackNames.find((name) => words !== 'all' && words.includes(name))
  const specs = new Map<string, OptionSpec>()
  for (const name of named === undefined ? attackNames : [named]) {
    for (const spec of optionsOfAttack(name)) specs.set(spec.flags, spec)
  }
  return [...specs.values()]
}

function optionsOfAttack(name: AttackName): OptionSpec[] {
  return Object.entries(attackCatalogue[name].parameters).map(([parameter, declared]) => {
    const { type, meaning, range = [0, Number.MAX_VALUE], choices = [] } = declared
    const summary = `${meaning} [${name}, default ${declared.default}]`
    const flag = flagOf(parameter)
    // On by default: the option takes it away.
    if (type === 'boolean' && declared.default === 'true') {
      return { kind: 'flag', flags: flag.replace('--', '--no-'), summary: `not: ${summary}` }
    }
    if (type === 'boolean') return { kind: 'flag', flags: flag, summary }
    if (type === 'choice') return { kind: type, flags: `${flag} <NAME>`, summary, choices }
    return { kind: type, flags: `${flag} <N>`, summary, range }
  })
}
