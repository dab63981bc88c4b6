/**
 * What a record costs: the Merkle log beside a plain file, both with a group fdatasync, in one interleaved run.
 * After a build: `npx tsx bench/audit/append.ts [records per round] [rounds]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuditLog } from '@merlon/audit'
import { canonicalJson } from '@merlon/core'
import { generateSigningKey } from '@merlon/crypto'

const [records = 100_000, rounds = 5] = process.argv.slice(2).map(Number)
/** Records that arrive in one turn of the event loop. */
const perTurn = 32
const perSync = 256

interface Cost {
  readonly recordsPerSecond: number
  readonly cpuMicroseconds: number
}

function decision(number: number) {
  return {
    kind: 'decision',
    requestId: `request-${number}`,
    method: 'POST',
    path: '/v2/models/digits/infer',
    keyId: 'key-1',
    verdict: 'pass',
    status: 200,
    code: 'PASSED',
    requestSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    responseSha256: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
    latencyMs: 1.5,
  }
}

async function merkleLog(folder: string): Promise<void> {
  const key = generateSigningKey()
  const log = await openAuditLog(folder, { origin: 'bench', key, clock: Date.now })
  let last: Promise<void> = Promise.resolve()
  for (let i = 0; i < records; i += perTurn) {
    for (let j = i; j < Math.min(records, i + perTurn); j++) last = log.append(decision(j)).written
    await last
  }
  await log.close()
}

async function plainFile(folder: string): Promise<void> {
  const file = await open(`${folder}.jsonl`, 'a')
  for (let i = 0; i < records; i += perTurn) {
    let lines = ''
    for (let j = i; j < Math.min(records, i + perTurn); j++) {
      lines += `${canonicalJson({ v: 1, at: Date.now(), ...decision(j) })}\n`
    }
    await file.appendFile(lines)
    if ((i + perTurn) % perSync === 0) await file.datasync()
  }
  await file.datasync()
  await file.close()
}

async function measure(run: () => Promise<void>): Promise<Cost> {
  const start = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  return { recordsPerSecond: records / seconds, cpuMicroseconds: (user + system) / records }
}

const subjects = { 'Merkle log': merkleLog, 'plain file': plainFile }
const costs = new Map<string, Cost[]>(Object.keys(subjects).map((name) => [name, []]))
const folder = mkdtempSync(join(tmpdir(), 'merlon-bench-'))
try {
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(subjects)) {
      const path = join(folder, `${round}-${name.replace(' ', '-')}`)
      costs.get(name)!.push(await measure(() => run(path)))
      rmSync(path, { recursive: true, force: true })
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
const best = [...costs].map(([name, all]) => ({
  name,
  'records/s (best)': Math.round(Math.max(...all.map((cost) => cost.recordsPerSecond))),
  'CPU us/record (least)': Math.min(...all.map((cost) => cost.cpuMicroseconds)).toFixed(2),
}))
console.log(`${rounds} interleaved rounds of ${records} records, Node ${process.version}`)
console.table(best)
const [merkle, plain] = best.map((row) => Number(row['CPU us/record (least)']))
console.log(`CPU of the Merkle log / plain file: ${(merkle! / plain!).toFixed(2)}`)
