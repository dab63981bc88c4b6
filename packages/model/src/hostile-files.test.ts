import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { deriveSeed, seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import { describeLong, found } from '../../../tools/requirements.ts'
import { buildLenet } from './build-lenet.ts'
import { buildMlp } from './build-mlp.ts'
import { describeModel } from './describe-model.ts'
import { EngineError } from './errors.ts'
import { mutated } from './mutations.test-support.ts'

const campaignFiles = 10_000
const shortFiles = 400
const patienceMs = 30_000
/** Of the child: what the runtime loads, and the limits of a run. */
const kilobytesMax = 3 * 2 ** 20

const small = { classes: 4, seed: 1 }
const built = [
  buildLenet({ ...small, inputShape: [1, 16, 16] }),
  buildMlp({ ...small, inputShape: [6], hidden: [5] }),
]
const reference = ['gru_classifier', 'swin_block', 'unet', 'mobilenet_v3_block', 'groupnorm_net']

/** Small models; those of the reference set where it is there. */
function seeds(): Uint8Array[] {
  if (found.shared === undefined) return built
  const files = reference.map(
    (name) => `${found.shared}/reference/gradients/${name}/model.legacy.onnx`,
  )
  return [...built, ...files.map((file) => new Uint8Array(readFileSync(file)))]
}

test('a damaged file is a model or a coded error', () => {
  const files = seeds()
  for (let i = 0; i < shortFiles; i++) {
    try {
      describeModel(mutated(files, seededRandom(deriveSeed(i, 'damaged'))))
    } catch (error) {
      expect(error, `file ${i}`).toBeInstanceOf(EngineError)
    }
  }
})

interface Answer {
  readonly outcome: string
  readonly kilobytes: number
}

/** A process of its own, so that a crash of the native runtime is seen and counted, and can be bounded. */
class Child {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #watch: NodeJS.Timeout

  constructor() {
    const script = fileURLToPath(new URL('hostile-child.test-support.ts', import.meta.url))
    this.#process = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#process.stdin?.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
    this.#watch = setInterval(() => {
      if (kilobytesOf(this.#process.pid) > kilobytesMax) this.#process.kill('SIGKILL')
    }, 100)
  }

  /** `undefined` if the process ended before it answered, took too long or became too large. */
  async ask(path: string): Promise<Answer | undefined> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), patienceMs)
    this.#process.stdin?.write(`${path}\n`)
    const line = await this.#lines.next()
    clearTimeout(timer)
    return line.done ? undefined : JSON.parse(line.value)
  }

  close(): void {
    clearInterval(this.#watch)
    this.#process.kill('SIGKILL')
  }
}

/** The resident memory of a process, where the system says it. */
function kilobytesOf(pid: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    return pages * 4
  } catch {
    return 0
  }
}

describeLong('ten thousand damaged files', () => {
  test('are models or coded errors, in bounded memory and without a crash', {
    timeout: 3_600_000,
  }, async ({ annotate }) => {
    const folder = await mkdtemp(join(tmpdir(), 'merlon-hostile-'))
    const files = seeds()
    const outcomes = new Map<string, number>()
    const faults: string[] = []
    let kilobytes = 0
    let child = new Child()
    for (let i = 0; i < campaignFiles; i++) {
      const path = join(folder, 'model.onnx')
      await writeFile(path, mutated(files, seededRandom(deriveSeed(i, 'hostile'))))
      const answer = await child.ask(path)
      const outcome = answer?.outcome.split(' at ')[0] ?? 'CRASH'
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      kilobytes = Math.max(kilobytes, answer?.kilobytes ?? 0)
      if (answer === undefined || outcome.startsWith('FAULT')) faults.push(`file ${i}: ${outcome}`)
      if (answer === undefined) {
        child.close()
        child = new Child()
      }
    }
    child.close()
    await rm(folder, { recursive: true })
    await annotate(`${JSON.stringify([...outcomes])}, at most ${Math.round(kilobytes / 1024)} MiB`)
    expect(faults).toEqual([])
    expect(kilobytes).toBeLessThan(kilobytesMax)
  })
})
