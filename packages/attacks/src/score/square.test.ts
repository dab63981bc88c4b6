import { attackContract } from '../attack-contract.test-support.ts'

const parameters = { queries: 300 }
attackContract('square', 'linf', { parameters })
// In l2 its changes have the shape of bumps, so that in four dimensions random search comes near the best way slowly.
attackContract('square', 'l2', { parameters, sureWithin: 0.6 })
