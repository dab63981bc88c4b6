import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildMlp } from '@merlon/model'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyFolder, run } from './world.test-support.ts'

const cwd = emptyFolder()
const columns = `hours: { range: [0, 99], step: 1, scale: 10 }
"job: clerk": { oneHot: job }
"job: smith": { oneHot: job }
age: { range: [16, 100], step: 1, change: none }
double: { range: [0, 200], sum: { hours: 2 } }
`
beforeAll(() => {
  const model = buildMlp({ inputShape: [5], classes: 2, hidden: [8], seed: 3 })
  writeFileSync(join(cwd, 'model.onnx'), model)
  const rows = Array.from({ length: 12 }, (_, i) => {
    const hours = 5 * i
    return [hours, i % 2, 1 - (i % 2), 20 + i, 2 * hours, i % 3 === 0 ? 'yes' : 'no']
  })
  const head = 'hours,job: clerk,job: smith,age,double,label'
  writeFileSync(join(cwd, 'table.csv'), `${[head, ...rows.map(String)].join('\n')}\n`)
  writeFileSync(join(cwd, 'columns.yaml'), columns)
  const indented = columns.replace(/^/gm, '      ').trimEnd()
  const config = `version: 1\nroutes: {}\ndatasets:\n  people:\n    path: table.csv\n    columns:\n${indented}\n`
  writeFileSync(join(cwd, 'merlon.yaml'), config)
  writeFileSync(join(cwd, 'wrong.yaml'), columns.replace('scale', 'scal'))
  writeFileSync(join(cwd, 'raw.csv'), 'hours,job,label\n1,clerk,yes\n2,smith,no\n')
})

describe('a described table', () => {
  test.each(['table.csv --columns columns.yaml', 'people'])('as %s', async (data) => {
    const line = `assess model.onnx --data ${data} --profile quick --no-keep --json`
    const json = JSON.parse((await run(line, { cwd })).stdout)
    const possible = json.estimates.find(
      ({ name }: { name: string }) => name === 'adversarial rows that meet every constraint',
    )
    expect(possible.value).toBe(1)
    expect(possible.n).toBeGreaterThan(0)
    expect(json.options).toMatchObject({ norm: 'l2', epsilon: '2' })
    expect(json.options.columns).toBe(data === 'people' ? undefined : 'columns.yaml')
  })

  test.each([
    ['table.csv --columns wrong.yaml', 'CONFIG_INVALID', 'did you mean "scale"?'],
    ['table.csv --columns no.yaml', 'CONFIG_MISSING', 'no.yaml'],
    ['raw.csv --columns columns.yaml', 'DATASET_NOT_NUMERIC', 'encode the column'],
  ])('%s is refused', async (data, expected, place) => {
    const { code, stderr } = await run(`assess model.onnx --no-keep --data ${data}`, { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(new RegExp(`^error ${expected}: `))
    expect(stderr).toContain(place)
  })
})
