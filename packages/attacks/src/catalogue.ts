import { AttackError } from './attack-error.ts'
import { autoAttackAttack } from './auto-attack.ts'
import type { Attack } from './declaration.ts'
import { apgdCeAttack, apgdDlrAttack } from './gradient/apgd.ts'
import { apgdTargetedAttack } from './gradient/apgd-t.ts'
import { bimAttack } from './gradient/bim.ts'
import { cwAttack } from './gradient/cw.ts'
import { cwLinfAttack } from './gradient/cw-linf.ts'
import { ddnAttack } from './gradient/ddn.ts'
import { deepfoolAttack } from './gradient/deepfool.ts'
import { eadAttack } from './gradient/ead.ts'
import { eotPgdAttack } from './gradient/eot-pgd.ts'
import { fabAttack, fabTargetedAttack } from './gradient/fab.ts'
import { fgsmAttack } from './gradient/fgsm.ts'
import { fmnAttack } from './gradient/fmn.ts'
import { jsmaAttack } from './gradient/jsma.ts'
import {
  diFgsmAttack,
  miFgsmAttack,
  niFgsmAttack,
  siNiFgsmAttack,
  tiFgsmAttack,
} from './gradient/momentum-attacks.ts'
import { patchAttack } from './gradient/patch.ts'
import { pgdAttack } from './gradient/pgd.ts'
import { rFgsmAttack } from './gradient/r-fgsm.ts'
import { universalAttack } from './gradient/universal.ts'
import { boundaryAttack } from './label/boundary.ts'
import { hopSkipJumpAttack } from './label/hop-skip-jump.ts'
import { signOptAttack } from './label/sign-opt.ts'
import { transferAttack } from './label/transfer.ts'
import { nesAttack } from './score/nes.ts'
import { onePixelAttack } from './score/one-pixel.ts'
import { simbaAttack } from './score/simba.ts'
import { spsaAttack } from './score/spsa.ts'
import { squareAttack } from './score/square.ts'
import { zooAttack } from './score/zoo.ts'

/** Every attack by its name. A new one is a file of its own, under the access that it asks for, and a row here. */
const table = {
  fgsm: fgsmAttack,
  'r-fgsm': rFgsmAttack,
  bim: bimAttack,
  pgd: pgdAttack,
  'eot-pgd': eotPgdAttack,
  'mi-fgsm': miFgsmAttack,
  'ni-fgsm': niFgsmAttack,
  'si-ni-fgsm': siNiFgsmAttack,
  'di-fgsm': diFgsmAttack,
  'ti-fgsm': tiFgsmAttack,
  'apgd-ce': apgdCeAttack,
  'apgd-dlr': apgdDlrAttack,
  'apgd-t': apgdTargetedAttack,
  fab: fabAttack,
  'fab-t': fabTargetedAttack,
  square: squareAttack,
  autoattack: autoAttackAttack,
  deepfool: deepfoolAttack,
  ddn: ddnAttack,
  cw: cwAttack,
  'cw-linf': cwLinfAttack,
  ead: eadAttack,
  jsma: jsmaAttack,
  universal: universalAttack,
  patch: patchAttack,
  fmn: fmnAttack,
  'hop-skip-jump': hopSkipJumpAttack,
  'sign-opt': signOptAttack,
  boundary: boundaryAttack,
  transfer: transferAttack,
  simba: simbaAttack,
  nes: nesAttack,
  spsa: spsaAttack,
  zoo: zooAttack,
  'one-pixel': onePixelAttack,
} as const satisfies Readonly<Record<string, Attack>>

export type AttackName = keyof typeof table

export const attackCatalogue: Readonly<Record<AttackName, Attack>> = table

/** In the catalogue's order. */
export const attackNames = Object.keys(attackCatalogue) as readonly AttackName[] // its keys are its type's

/** @throws AttackError ATTACK_UNKNOWN, which lists the names there are */
export function parseAttackName(name: string): AttackName {
  const known = attackNames.find((candidate) => candidate === name)
  if (known !== undefined) return known
  throw new AttackError(
    'ATTACK_UNKNOWN',
    `there is no attack ${JSON.stringify(name.slice(0, 40))}; choose among ${attackNames.join(', ')}`,
  )
}
