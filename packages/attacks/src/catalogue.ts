import { AttackError } from './attack-error.ts'
import type { Attack } from './declaration.ts'
import { apgdCeAttack, apgdDlrAttack } from './gradient/apgd.ts'
import { apgdTargetedAttack } from './gradient/apgd-t.ts'
import { fabAttack, fabTargetedAttack } from './gradient/fab.ts'
import { fgsmAttack } from './gradient/fgsm.ts'
import { pgdAttack } from './gradient/pgd.ts'
import { boundaryAttack } from './label/boundary.ts'
import { hopSkipJumpAttack } from './label/hop-skip-jump.ts'
import { signOptAttack } from './label/sign-opt.ts'

/** Every attack by its name. A new one is a file of its own, under the access that it asks for, and a row here. */
const table = {
  fgsm: fgsmAttack,
  pgd: pgdAttack,
  'apgd-ce': apgdCeAttack,
  'apgd-dlr': apgdDlrAttack,
  'apgd-t': apgdTargetedAttack,
  fab: fabAttack,
  'fab-t': fabTargetedAttack,
