import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

/** What a test may need that a clone does not hold. */
export type Requirement = 'shared' | 'postgres' | 'redis' | 'chromium'

const sharedPath =
  process.env.MERLON_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url))

/** Where each requirement is, or `undefined` where this machine lacks it. */
export const found: Readonly<Record<Requirement, string | undefined>> = {
  shared: existsSync(`${sharedPath}/data`) ? sharedPath : undefined,
  postgres: process.env.MERLON_TEST_POSTGRES,
  redis: process.env.MERLON_TEST_REDIS,
  chromium:
    process.env.MERLON_TEST_CHROMIUM ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
      existsSync(path),
    ),
}

/**
 * A suite that needs something: it runs with its path, or is skipped and says why.
 * The test command turns such a skip into a failure where `MERLON_REQUIRE` names the requirement.
 */
export function describeWith(
  requirement: Requirement,
  name: string,
  suite: (where: string) => void,
): void {
  const where = found[requirement]
  if (where === undefined) describe.skip(`${name} [skipped: needs ${requirement}]`, () => suite(''))
  else describe(name, () => suite(where))
}

/** A campaign too long for every run (fuzzing, kill -9): `npm run test:long` runs it. */
export function describeLong(name: string, suite: () => void): void {
  if (process.env.MERLON_LONG === '1') describe(name, suite)
  else describe.skip(`${name} [skipped: a long campaign, run by npm run test:long]`, suite)
}
