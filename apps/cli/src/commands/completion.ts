import type { Invocation, Outcome } from '../command.ts'
import { completionScript } from '../completion-script.ts'
import { buildProgram } from '../program.ts'

/** `merlon completion SHELL`: a script made from the commands as they are. */
export async function run({ operands }: Invocation): Promise<Outcome> {
  const [shell] = operands
  const script = completionScript(
    await buildProgram('all'),
    shell === 'zsh' || shell === 'fish' ? shell : 'bash',
  )
  return { data: { shell: shell ?? 'bash', script }, text: () => [script.trimEnd()] }
}
