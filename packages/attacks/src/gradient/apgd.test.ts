import { attackContract } from '../attack-contract.test-support.ts'

const parameters = { restarts: 2 }
attackContract('apgd-ce', 'linf', { parameters })
attackContract('apgd-ce', 'l2', { parameters })
attackContract('apgd-dlr', 'linf', { parameters })
attackContract('apgd-dlr', 'l2', { parameters })
