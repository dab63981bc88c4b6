#!/usr/bin/env node
// Claim: `merlon --help` costs less than 150 ms over a bare `node -e 0`.
// Interleaved runs after one warm-up; prints the medians and their difference.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const merlon = fileURLToPath(new URL('../../node_modules/.bin/merlon', import.meta.url))
const rounds = 15
const commands = {
  bare: [process.execPath, ['-e', '0']],
  help: [merlon, ['--help']],
}

const times = { bare: [], help: [] }
for (let round = -1; round < rounds; round++) {
  for (const [name, [program, args]] of Object.entries(commands)) {
    const start = performance.now()
    const { status } = spawnSync(program, args, { stdio: 'ignore' })
    if (status !== 0) throw new Error(`${name} ended with ${status}`)
    if (round >= 0) times[name].push(performance.now() - start)
  }
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const bare = median(times.bare)
const help = median(times.help)
process.stdout.write(
  `node -e 0      ${bare.toFixed(0)} ms\nmerlon --help  ${help.toFixed(0)} ms\nover bare node ${(help - bare).toFixed(0)} ms (claim: < 150), ${rounds} interleaved rounds, medians\n`,
)
