import { join } from 'node:path'

/** Where things lie in the state folder. */
export interface StatePaths {
  readonly audit: string
  readonly keys: string
  /** Signs the audit log's checkpoints; PEM, mode 0600. */
  readonly signingKey: string
  /** Its public half as one line (C2SP verifier key): safe to hand around. */
  readonly verifierKey: string
  readonly demo: string
  /** Who serves this state: process id and address. */
  readonly server: string
  /** What happened besides decisions; a projection of the log that can be rebuilt. */
  readonly chronicle: string
}

/** The paths under a state folder. */
export function statePaths(dir: string): StatePaths {
  const keys = join(dir, 'keys')
  return {
    audit: join(dir, 'audit'),
    keys,
    signingKey: join(keys, 'audit-log.pem'),
    verifierKey: join(keys, 'audit-log.vkey'),
    demo: join(dir, 'demo'),
    server: join(dir, 'server.json'),
    chronicle: join(dir, 'chronicle.jsonl'),
  }
}
