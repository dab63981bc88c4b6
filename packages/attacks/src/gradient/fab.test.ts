import { attackContract } from '../attack-contract.test-support.ts'

attackContract('fab', 'linf')
attackContract('fab', 'l2')
attackContract('fab-t', 'linf')
attackContract('fab-t', 'l2')
