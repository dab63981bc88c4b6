import { attackContract } from '../attack-contract.test-support.ts'

const parameters = { steps: 25 }
attackContract('fab', 'linf', { parameters })
attackContract('fab', 'l2', { parameters })
attackContract('fab-t', 'linf', { parameters })
attackContract('fab-t', 'l2', { parameters })
