#!/usr/bin/env node
// In a clone the sources stand beside this file: build what is stale, then run. Installed, there is
// only `dist`, and nothing is built.
import { existsSync } from 'node:fs'

// What nobody caught is a fault of Merlon, and must not end with the exit code of a finding.
process.on('uncaughtException', (error) => {
  const isVerbose = process.argv.includes('--verbose') || process.argv.includes('-v')
  const text = isVerbose ? error?.stack : `${error?.message ?? error}`.split('\n')[0]
  process.stderr.write(
    `error INTERNAL: ${text}; this is a fault of Merlon${isVerbose ? '' : ', --verbose shows where'}\n`,
  )
  process.exit(2)
})

const isClone = existsSync(new URL('../src/index.ts', import.meta.url))
if (isClone) {
  const { build } = await import('../../../tools/build.mjs')
  const isBuilt = build('packages') && (process.argv[2] !== 'start' || build('console'))
  if (!isBuilt) {
    process.stderr.write(
      'error BUILD_FAILED: the sources of this clone do not compile; the messages above say where\n',
    )
    process.exit(2)
  }
}
const { main } = await import('../dist/index.js')
process.exitCode = await main(process.argv.slice(2))
