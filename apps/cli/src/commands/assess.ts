import type { Invocation, Outcome } from '../command.ts'
import { runEvasion } from '../evasion.ts'

/** `merlon assess MODEL --data D`: a profile, or several attacks with their defaults. */
export function run(invocation: Invocation): Promise<Outcome> {
  const [model = ''] = invocation.operands
  const attacks = invocation.options.list('attack')
  return runEvasion(invocation, model, {
    schema: 'merlon/assess/v1',
    typed: attacks.length === 0 ? {} : { attack: attacks.join(',') },
    ...(attacks.length === 0 ? {} : { attacks }),
    parameters: {},
    needsGradients: false,
    isKept: !invocation.options.isOff('keep'),
  })
}
