import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildMlp } from '@merlon/model'
import { openStore } from '@merlon/store'
import { expect, test } from 'vitest'
import { Config } from '../config/config.ts'
import { runJob } from '../jobs/run-job.ts'
import { AssessRequest } from './assess-handler.ts'
import { queueAssessment } from './queue-assessment.ts'

test('a queued assessment of a described table is held to rows that can exist', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'merlon-table-'))
  const modelPath = join(folder, 'model.onnx')
  writeFileSync(modelPath, buildMlp({ inputShape: [2], classes: 2, hidden: [4], seed: 3 }))
  const rows = Array.from({ length: 30 }, (_, i) => `${i % 5},${(i * 7) % 9},${i % 2}`)
  writeFileSync(join(folder, 'table.csv'), `a,b,label\n${rows.join('\n')}\n`)
  const columns = { a: { range: [0, 4], step: 1 }, b: { range: [0, 8], step: 1, change: 'rise' } }
  const config = Config.parse({
    version: 1,
    models: { net: { path: modelPath } },
    datasets: { table: { path: join(folder, 'table.csv'), labels: 'label', columns } },
    routes: {},
  })
  const store = await openStore(join(folder, 'merlon.db'), { clock: Date.now })
  const asked = { model: 'net', data: 'table', norm: 'l2' as const, epsilon: [2], seed: 1 }
  await queueAssessment(store, config, { ...asked, attacks: ['pgd'] }, 'test')
  const claim = await store.jobs.claim({ worker: 'w', kinds: ['assess'], leaseMs: 10_000 })
  const request = AssessRequest.parse(claim?.job.input)
  expect(request.data.columns).toMatchObject(columns)
  if (!('modelPath' in request)) throw new Error('a file was asked for')
  const task = { signal: new AbortController().signal, progress: () => undefined }
  const { report } = await runJob('assess', request, task)
  expect(report.options.constraints).toContain('2 columns (0 fixed, 1 one-way)')
  expect(report.estimates.map(({ name }) => name)).toContain('robust accuracy at any cost')
  await store.close()
})
