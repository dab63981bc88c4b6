import {
  type AttackName,
  type AttackParameters,
  attackCatalogue,
  parseAttackName,
} from '@merlon/attacks'
import { flagOf } from '../attack-options.ts'
import type { Invocation, Outcome } from '../command.ts'
import { runEvasion } from '../evasion.ts'

/** `merlon attack NAME MODEL --data D`: one attack, all its options; a missing gradient is an error. */
export function run(invocation: Invocation): Promise<Outcome> {
  const [word = '', model = ''] = invocation.operands
  const name = parseAttackName(word)
  const { parameters, typed } = parametersOf(invocation, name)
  return runEvasion(invocation, model, {
    schema: 'merlon/attack/v1',
    typed: { NAME: name, ...typed },
    attacks: [name],
    parameters,
    needsGradients: true,
    isKept: false,
  })
}

/** What was typed, by the catalogue's names, and as it was typed. */
function parametersOf({ options }: Invocation, name: AttackName) {
  const all = options.all()
  const parameters: Record<string, number | boolean | string> = {}
  const typed: Record<string, string> = {}
  for (const [parameter, declared] of Object.entries(attackCatalogue[name].parameters)) {
    const value = all[parameter]
    if (value === undefined || typeof value === 'object') continue
    // commander gives an option that only exists as --no-x the value true from the start.
    if (declared.type === 'boolean' && String(value) === declared.default) continue
    parameters[parameter] = value
    const flag = flagOf(parameter).slice(2)
    typed[value === false ? `no-${flag}` : flag] = value === false ? 'true' : String(value)
  }
  // The names and types are the catalogue's own.
  return { parameters: parameters as AttackParameters, typed }
}
