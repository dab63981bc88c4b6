import type { Invocation, Outcome } from '../command.ts'
import { runEvasion } from '../evasion.ts'

/** `merlon assess MODEL --data D`: several attacks, with their defaults. */
export function run(invocation: Invocation): Promise<Outcome> {
  const [model = ''] = invocation.operands
  const attacks = invocation.options.list('attack')
  return runEvasion(invocation, model, {
    schema: 'merlon/assess/v1',
    typed: { attack: attacks.join(',') },
    attacks,
    parameters: {},
    needsGradients: false,
    isKept: !invocation.options.isOff('keep'),
  })
}
