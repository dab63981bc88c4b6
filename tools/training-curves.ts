import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  curveData,
  curveDigest,
  curveOptimizers,
  curves,
  curveWeights,
} from '../packages/model/src/training-curves.test-support.ts'

// Makes packages/model/src/training-curves.json anew: `npx tsx tools/training-curves.ts`, with python3-torch and python3-numpy of
// Debian. Only losses are kept; weights and data come from a seed on both sides.
const folder = mkdtempSync(join(tmpdir(), 'merlon-curves-'))
try {
  const { inputs, labels } = curveData()
  const weights = curveWeights()
  for (const [name, { data }] of weights) writeFileSync(join(folder, `${name}.bin`), data)
  writeFileSync(join(folder, 'inputs.bin'), inputs.data)
  writeFileSync(join(folder, 'labels.bin'), labels)
  const plan = {
    ...curves,
    inputShape: inputs.shape,
    weights: Object.fromEntries([...weights].map(([name, { shape }]) => [name, shape])),
    optimizers: curveOptimizers,
  }
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
  const script = fileURLToPath(new URL('training-curves.py', import.meta.url))
  const made = JSON.parse(execFileSync('/usr/bin/python3', [script, folder], { encoding: 'utf8' }))
  const fixture = {
    madeBy: 'npx tsx tools/training-curves.ts',
    torch: made.torch,
    ofSha256: curveDigest(),
    curves: made.curves,
  }
  const target = new URL('../packages/model/src/training-curves.json', import.meta.url)
  writeFileSync(target, `${JSON.stringify(fixture)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
