import { attackContract } from '../attack-contract.test-support.ts'

attackContract('apgd-t', 'linf')
attackContract('apgd-t', 'l2')
