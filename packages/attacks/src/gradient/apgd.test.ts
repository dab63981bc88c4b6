import { attackContract } from '../attack-contract.test-support.ts'

attackContract('apgd-ce', 'linf')
attackContract('apgd-ce', 'l2')
attackContract('apgd-dlr', 'linf')
attackContract('apgd-dlr', 'l2')
