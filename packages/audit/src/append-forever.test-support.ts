/** A program that appends until it is killed, and notes each index in a file once its record is written. */
import { openSync, writeSync } from 'node:fs'
import { signingKeyFromSeed } from '@merlon/crypto'
import { openAuditLog } from './audit-log.ts'

const [folder, witness, notes] = process.argv.slice(2)
const file = openSync(notes!, 'w')
const log = await openAuditLog(folder!, {
  origin: 'example.com/audit',
  key: signingKeyFromSeed(Buffer.alloc(32, 7)),
  clock: () => 1000,
  witnesses: [witness!],
  groupMs: 2,
  checkpointMs: 15,
  journalFileBytes: 20_000,
})
for (let round = 0; ; round++) {
  const receipts = Array.from({ length: 1 + ((round * 7) % 40) }, () =>
    log.append({ kind: 'test', number: log.size }),
  )
  for (const { index, written } of receipts) {
    await written
    writeSync(file, `${index}\n`)
  }
  if (round === 0) writeSync(1, 'ready')
}
