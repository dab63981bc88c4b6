import { row, rows, type Tensor } from '@merlon/tensor'
import { AttackError } from '../attack-error.ts'
import type { Constraints } from './constraints.ts'
import { faultsOf } from './validate.ts'

/** Refuses rows that could not stand in the data to begin with. @throws AttackError ATTACK_INPUT_INVALID */
export function checkRows(constraints: Constraints, batch: Tensor): void {
  for (let i = 0; i < rows(batch); i++) {
    const [fault, ...more] = faultsOf(constraints, row(batch, i))
    if (fault === undefined) continue
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`
    throw new AttackError(
      'ATTACK_INPUT_INVALID',
      `row ${i} breaks the constraints before the attack: ${fault.sentence}${others}; correct the row or the description`,
    )
  }
}
