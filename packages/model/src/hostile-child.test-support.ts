import { createInterface } from 'node:readline'
import { EngineError } from './errors.ts'
import { openModel } from './onnx-model.ts'

/** Opens each file that a line names, asks it for a gradient, and answers what came of it and how large the process is. */
for await (const path of createInterface({ input: process.stdin })) {
  const outcome = await tried(path)
  const kilobytes = process.resourceUsage().maxRSS
  process.stdout.write(`${JSON.stringify({ outcome, kilobytes })}\n`)
}

async function tried(path: string): Promise<string> {
  try {
    const model = await openModel(path, { threads: 1 })
    try {
      const shape = [2, ...model.inputShape]
      const size = shape.reduce((product, each) => product * each, 1)
      await model.lossGradient({ shape, data: new Float32Array(size).fill(0.5) }, new Int32Array(2))
      return 'a gradient'
    } finally {
      await model.close()
    }
  } catch (error) {
    if (error instanceof EngineError) return error.code
    return `FAULT ${error instanceof Error ? error.stack : String(error)}`
  }
}
