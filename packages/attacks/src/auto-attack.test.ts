import { attackContract } from './attack-contract.test-support.ts'

const parameters = { steps: 20, queries: 50 }
attackContract('autoattack', 'linf', { parameters })
attackContract('autoattack', 'l2', { parameters })
