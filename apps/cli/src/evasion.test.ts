import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { conclude, exitCodes } from '@merlon/core'
import { drawDigits, writeIdxFolder } from '@merlon/dataset'
import { buildMlp } from '@merlon/model'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { main } from './main.ts'
import { emptyFolder, fakeWorld, run } from './world.test-support.ts'

const cwd = emptyFolder()
beforeAll(async () => {
  const model = buildMlp({ inputShape: [1, 28, 28], classes: 10, hidden: [16], seed: 1 })
  writeFileSync(join(cwd, 'model.onnx'), model)
  await writeIdxFolder(join(cwd, 'digits'), drawDigits({ count: 40, seed: 1 }), 'test')
  writeFileSync(join(cwd, 'text.onnx'), 'this is no model')
  writeFileSync(join(cwd, 'cut.onnx'), model.subarray(0, 500))
})
const assess = 'assess model.onnx --data digits --attack fgsm,pgd --samples 40 --epsilon 0.05'

describe('an assessment', () => {
  test('prints the verdict that its exit code says, in text and in JSON', async () => {
    for (const failOn of ['info', 'medium', 'critical']) {
      const text = await run(`${assess} --fail-on ${failOn}`, { cwd })
      const json = JSON.parse((await run(`${assess} --fail-on ${failOn} --json`, { cwd })).stdout)
      const concluded = conclude({
        findings: json.findings,
        skipped: json.skipped,
        failOn,
      } as never)
      expect({ verdict: json.verdict, exitCode: json.exitCode }).toEqual(concluded)
      expect(text.code).toBe(concluded.exitCode)
      expect(exitCodes[concluded.verdict]).toBe(concluded.exitCode)
      const last = text.stdout.trimEnd().split('\n').at(-1)
      expect(last).toBe(`verdict ${concluded.verdict} (exit code ${concluded.exitCode})`)
    }
  })

  test('gives figures with their interval, count, seed and queries', async () => {
    const json = JSON.parse((await run(`${assess} --seed 7 --json`, { cwd })).stdout)
    expect(json.schema).toBe('merlon/assess/v1')
    expect(json.estimates.map(({ name }: { name: string }) => name)).toContain('robust accuracy')
    expect(json.estimates[0]).toMatchObject({ name: 'clean accuracy', n: 40, seed: 7 })
    expect(json.inputs.map(({ path }: { path: string }) => path)).toContain(join(cwd, 'model.onnx'))
  })

  test('writes the files that were asked for, and names them', async () => {
    const files = '--html r.html --sarif r.sarif --junit r.xml --markdown r.md'
    const { stdout } = await run(`${assess} ${files}`, { cwd })
    expect(stdout).toContain(join(cwd, 'r.html'))
    expect(readFileSync(join(cwd, 'r.html'), 'utf8')).toMatch(/^<!doctype html>/i)
    expect(JSON.parse(readFileSync(join(cwd, 'r.sarif'), 'utf8')).version).toBe('2.1.0')
    expect(readFileSync(join(cwd, 'r.xml'), 'utf8')).toContain('<testsuite')
    expect(readFileSync(join(cwd, 'r.md'), 'utf8')).toMatch(/^## How model/)
    // Each was put in its place whole: no draft is left.
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('that is interrupted prints what it has, marked as incomplete, and ends with 130', async () => {
    const { world, written, signal } = fakeWorld({ cwd })
    const running = main([...assess.split(' '), '--json'], world)
    signal('SIGINT')
    // The listener may not be there yet: the first tick of work comes after it.
    const timer = setInterval(() => signal('SIGINT'), 1)
    const code = await running
    clearInterval(timer)
    expect(code).toBe(130)
    const json = JSON.parse(written.stdout)
    expect([json.verdict, json.exitCode]).toEqual(['incomplete', 130])
    expect(json.skipped).not.toHaveLength(0)
    expect(written.stderr).toContain('stopping')
  })

  test('repeats itself to the digit', async () => {
    const once = async () => {
      const { stdout } = await run(`${assess} --seed 3 --json`, { cwd })
      const { startedAt: _, durationMs: __, ...rest } = JSON.parse(stdout)
      return rest
    }
    expect(await once()).toEqual(await once())
  })
})

describe('a gate for CI', () => {
  const code = async (failOn: string) =>
    (await run(`${assess} --seed 1 --fail-on ${failOn}`, { cwd })).code

  test('decides the exit code by the lower end of the interval, and severities only where named', async () => {
    const json = JSON.parse((await run(`${assess} --seed 1 --json`, { cwd })).stdout)
    const robust = json.estimates.find(({ attack = '' }) => attack.startsWith('worst'))
    const [low] = robust.interval
    expect(json.exitCode).toBe(1)
    expect(await code(`clean-accuracy<${json.estimates[0].interval[0] - 0.001}`)).toBe(1)
    expect(await code(`robust-accuracy<${Math.min(1, low + 0.01)}`)).toBe(1)
    const gates = (await run(`${assess} --fail-on median-distance<1,high --json`, { cwd })).stdout
    expect(JSON.parse(gates).skipped[0].what).toBe('the gate median-distance<1')
  })

  test.each([
    ['robust-accuracy<0.4,awful', 'USAGE', 'awful'],
    ['robustness<0.4', 'GATE_INVALID', 'robust-accuracy<0.4'],
  ])('%s is refused', async (failOn, expected, place) => {
    const { code: exit, stderr } = await run(`${assess} --fail-on ${failOn}`, { cwd })
    expect(exit).toBe(2)
    expect(stderr).toMatch(new RegExp(`^error ${expected}: `))
    expect(stderr).toContain(place)
  })

  test('accepts what the baseline has', async () => {
    const before = await run(`${assess} --json --fail-on info`, { cwd })
    writeFileSync(join(cwd, 'baseline.json'), before.stdout)
    const after = await run(`${assess} --json --fail-on info --baseline baseline.json`, { cwd })
    const { findings, exitCode } = JSON.parse(after.stdout)
    expect(findings.length).toBeGreaterThan(0)
    expect(new Set(findings.map(({ effect }: { effect: string }) => effect))).toEqual(
      new Set(['accepted']),
    )
    expect([before.code, exitCode, after.code]).toEqual([1, 0, 0])
  })
})

describe('a run that was stopped', () => {
  const line = `${assess} --seed 5 --checkpoint run.json --json`
  const withoutTimes = (text: string) => {
    const { startedAt: _, durationMs: __, ...rest } = JSON.parse(text)
    return rest
  }

  test('goes on with --resume to the same report, byte for byte but for its times', async () => {
    const whole = await run(line, { cwd })
    expect(existsSync(join(cwd, 'run.json'))).toBe(false)
    const { world, written, signal } = fakeWorld({ cwd })
    const running = main(line.split(' '), world)
    const timer = setInterval(() => {
      // The first part is on the disk: the run is under way.
      if (existsSync(join(cwd, 'run.json'))) signal('SIGINT')
    }, 1)
    const stopped = await running
    clearInterval(timer)
    // A run that was too fast to be stopped came to the same.
    if (stopped === 130) {
      expect(JSON.parse(written.stdout).verdict).toBe('incomplete')
      const other = await run(`${line} --resume --epsilon 0.06`, { cwd })
      expect(other.stderr).toMatch(/^error CHECKPOINT_INVALID: .*another model/)
    }
    const resumed = await run(`${line} --resume`, { cwd })
    expect(withoutTimes(resumed.stdout)).toEqual(withoutTimes(whole.stdout))
    expect(existsSync(join(cwd, 'run.json'))).toBe(false)
  })

  test('without a place to go on from says so', async () => {
    const { code, stderr } = await run(`${assess} --resume`, { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain('--checkpoint FILE')
  })
})

describe('an attack', () => {
  test('takes the options of the catalogue and says them in the report', async () => {
    const line = 'attack pgd model.onnx -d digits -n 5 -e 0.05 --steps 3 --no-random-start --json'
    const json = JSON.parse((await run(line, { cwd })).stdout)
    expect(json.schema).toBe('merlon/attack/v1')
    expect(json.options).toMatchObject({ NAME: 'pgd', steps: '3', 'no-random-start': 'true' })
  })

  test('can be repeated by the command that its report prints', async () => {
    const line = 'attack fgsm model.onnx -d digits -n 5 -e 0.05 --html repeat.html'
    await run(line, { cwd })
    const html = readFileSync(join(cwd, 'repeat.html'), 'utf8')
    expect(html).toContain('merlon attack fgsm model.onnx ')
  })

  test('of no name in the catalogue is refused before anything is read', async () => {
    const { code, stderr } = await run('attack pdg nothing.onnx -d nothing', { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error ATTACK_UNKNOWN: .*fgsm, .*pgd/)
  })
})

describe('each mistake is one sentence with exit code 2', () => {
  test.each([
    ['assess nothing.onnx -d digits', 'MODEL_NOT_FOUND', 'nothing.onnx'],
    ['assess text.onnx -d digits', 'MODEL_UNREADABLE', 'text.onnx'],
    ['assess cut.onnx -d digits', 'MODEL_UNREADABLE', 'cut.onnx'],
    ['assess model.onnx -d nothing', 'DATASET_NOT_FOUND', 'nothing'],
    ['assess model.onnx -d digits --html no/such/r.html', 'FILE_UNWRITABLE', 'no/such/r.html'],
    ['assess model.onnx -d digits --html digits', 'FILE_UNWRITABLE', 'is a folder'],
    ['assess model.onnx -d digits --html r --sarif r', 'USAGE', 'two reports'],
    ['assess model.onnx -d digits -a fgsm,nope', 'ATTACK_UNKNOWN', 'nope'],
    ['assess model.onnx -d digits -a fgsm -p quick', 'USAGE', '--profile'],
    ['assess model.onnx -d digits --time-budget soon', 'USAGE', '10m'],
    ['assess model.onnx -d digits --baseline no.json', 'FILE_UNREADABLE', 'no.json'],
    ['assess model.onnx -d digits --baseline text.onnx', 'BASELINE_INVALID', '--json'],
  ])('%s', async (line, expected, place) => {
    const { code, stdout, stderr } = await run(line, { cwd })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(new RegExp(`^error ${expected}: `))
    expect(stderr).toContain(place)
  })
})

describeWith('shared', 'on the models and digits that others measured', (shared) => {
  test('FGSM at 0.3 leaves 1.0 % of the first 200 digits, as three other tools found', async () => {
    const model = join(shared, 'data/models/mnist_std.onnx')
    const line = `assess ${model} -d ${join(shared, 'data/mnist')} -a fgsm -e 0.3 -n 200 --json`
    const { code, stdout } = await run(line)
    expect(code).toBe(1)
    const robust = JSON.parse(stdout).estimates.find(
      (e: { attack?: string }) => e.attack === 'fgsm',
    )
    expect(robust).toMatchObject({ name: 'robust accuracy', value: 0.01, n: 200 })
  })
})
