import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { configJsonSchema } from '../config/config.ts'
import { ServerError } from '../server-error.ts'
import type { Tell } from '../server-event.ts'
import { makeDemoModel } from './demo-model.ts'

const configText = `# yaml-language-server: $schema=./merlon.schema.json
version: 1
project: digits

models:
  digits:
    path: models/digits.onnx
    labels: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]

datasets:
  digits:
    path: data/digits

routes:
  /v2/models/digits:
    model: digits
    auth:
      roles: [infer] # merlon key create NAME --role infer
    limits:
      requestsPerSecond: 20
      burst: 40

audit:
  # Copies of each checkpoint. Put one on another disk or machine: it is what finds a cut log.
  witness: [witness]
`

/**
 * Writes merlon.yaml, its schema, a trained model and data to assess it with.
 * @throws ServerError FILE_EXISTS: nothing is overwritten; the signal's reason
 */
export async function writeSampleProject({
  dir,
  tell,
  signal,
}: {
  readonly dir: string
  readonly tell: Tell
  readonly signal: AbortSignal
}): Promise<{ readonly files: readonly string[] }> {
  const target = (...parts: string[]) => join(dir, ...parts)
  const config = target('merlon.yaml')
  const schema = target('merlon.schema.json')
  const model = target('models', 'digits.onnx')
  const data = target('data', 'digits')
  const taken = [config, schema, model, data].find((path) => existsSync(path))
  if (taken !== undefined) {
    const message = `${taken} is already there; nothing was written. Choose an empty folder`
    throw new ServerError('FILE_EXISTS', message)
  }
  await mkdir(dir, { recursive: true })
  const draft = await mkdtemp(target('.merlon-init-'))
  try {
    const made = await makeDemoModel(draft, { tell, signal })
    await mkdir(target('models'), { recursive: true })
    await mkdir(data, { recursive: true })
    await copyFile(made.modelPath, model)
    const parts = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']
    for (const part of parts) await copyFile(join(made.dataPath, part), join(data, part))
    await writeFile(schema, `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
    await writeFile(config, configText, { flag: 'wx' })
    const files = [config, schema, model, ...parts.map((part) => join(data, part))]
    return { files: files.map((path) => relative(dir, path)) }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
