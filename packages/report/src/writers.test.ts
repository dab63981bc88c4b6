import { createHash } from 'node:crypto'
import { proportion } from '@merlon/core'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { fileAddress } from './file-address.ts'
import { htmlReportPolicy, toHtml } from './html.ts'
import { toJson } from './json.ts'
import { toJunit } from './junit.ts'
import { toMarkdown } from './markdown.ts'
import { pngDataUri } from './picture.ts'
import { replayCommand, replayLines } from './replay.ts'
import { sampleFinding, sampleReport } from './sample-report.test-support.ts'
import { toSarif } from './sarif.ts'
import { sarifFaults } from './sarif-schema.test-support.ts'
import { summaryText } from './summary.ts'
import { reportWriters } from './writers.ts'

describe('JSON', () => {
  test('the envelope begins with what every command promises, in one order', () => {
    const read = JSON.parse(toJson(sampleReport()))
    expect(Object.keys(read)).toEqual(
      'schema title verdict exitCode findings estimates skipped seed inputs health illustrations curves options tool startedAt durationMs'.split(
        ' ',
      ),
    )
    expect(Object.keys(read.estimates[1])).toEqual(
      'name value n interval method seed queries attack norm epsilon'.split(' '),
    )
    expect(read.findings[0]).toMatchObject({
      place: 'models/digits.onnx (node conv1)',
      location: { kind: 'model', path: 'models/digits.onnx', node: 'conv1' },
    })
  })

  test('nothing found is an empty list, not an absent one', () => {
    const read = JSON.parse(toJson(sampleReport({ findings: [], skipped: [] })))
    expect(read).toMatchObject({ findings: [], skipped: [] })
  })

  test('pictures are there only when asked for', () => {
    const png = (text: string) => JSON.parse(text).illustrations[0].rows[0].pictures[0].png
    expect(png(toJson(sampleReport()))).toBeUndefined()
    expect(png(toJson(sampleReport(), { pictures: true }))).toMatch(/^data:image\/png;base64,/)
  })
})

describe('pictures', () => {
  test.each([1, 3] as const)('a picture of %i channels survives PNG exactly', (channels) => {
    const pixels = Uint8Array.from({ length: 5 * 4 * channels }, (_, i) => (i * 37) % 256)
    const uri = pngDataUri({ alt: '', width: 5, height: 4, channels, pixels })
    const png = decode(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64'))
    expect(png).toMatchObject({ width: 5, height: 4, channels })
    expect(Uint8Array.from(png.data)).toEqual(pixels)
  })
})

describe('HTML', () => {
  const html = toHtml(sampleReport())

  test('the page allows its own style by digest and nothing else', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!
    const digest = createHash('sha256').update(style).digest('base64')
    expect(htmlReportPolicy()).toBe(
      `default-src 'none'; img-src data:; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
    )
    expect(html).toContain(`content="${htmlReportPolicy()}"`)
  })

  test('there is no script, no style attribute and nothing that would be loaded', () => {
    expect(html).not.toMatch(/<script|<link|<iframe| style=| on\w+=|url\(|@import/)
    expect([...html.matchAll(/src="([^"]*)"/g)].every(([, src]) => src!.startsWith('data:'))).toBe(
      true,
    )
  })

  test('what was not checked is drawn unlike what is clean', () => {
    const clean = toHtml(sampleReport({ verdict: 'clean', exitCode: 0, findings: [], skipped: [] }))
    expect(clean).toContain('Nothing was found.')
    expect(clean).not.toContain('class="unlooked"')
    const incomplete = toHtml(sampleReport({ verdict: 'incomplete', exitCode: 3, findings: [] }))
    expect(incomplete).toContain('class="unlooked"')
    expect(incomplete).toContain('Nothing was found in what was checked.')
    expect(incomplete).not.toContain('Nothing was found.')
  })

  test('only identifiers of a known form become links', () => {
    const finding = sampleFinding({
      references: [
        { catalogue: 'CWE', id: 'CWE-502', title: 't' },
        { catalogue: 'CVE', id: 'CVE-2024-1/../"x', title: 't' },
      ],
    })
    const links = [...toHtml(sampleReport({ findings: [finding] })).matchAll(/href="([^"#]+)"/g)]
    expect(links.map(([, href]) => href)).toEqual([
      'https://cwe.mitre.org/data/definitions/502.html',
    ])
  })

  test('a report without anything in it is still a page', () => {
    const empty = { findings: [], estimates: [], skipped: [], health: [], illustrations: [] }
    expect(toHtml(sampleReport({ ...empty, inputs: [], options: {} }))).toContain('</html>')
  })
})

describe('SARIF', () => {
  test('every kind of place keeps the schema', () => {
    const findings = [
      sampleFinding({ place: { kind: 'file', path: '/a b/ü.onnx', byteOffset: 12 } }),
      sampleFinding({ place: { kind: 'line', path: 'merlon.yaml', line: 3, column: 0 } }),
      sampleFinding({ place: { kind: 'sample', path: 'C:\\data\\x.csv', index: 4 } }),
      sampleFinding({ place: { kind: 'record', log: 'audit', index: 9 } }),
      sampleFinding({ place: { kind: 'route', route: '/v2/models/digits' }, severity: 'critical' }),
    ]
    const text = toSarif(sampleReport({ findings }))
    expect(sarifFaults(text)).toEqual([])
    const run = JSON.parse(text).runs[0]
    expect(run.tool.driver.rules).toHaveLength(1)
    expect(run.tool.driver.rules[0].properties['security-severity']).toBe('9.5')
    expect(run.results).toHaveLength(5)
    expect(run.results[0].partialFingerprints).toEqual({ 'merlonFindingId/v1': 'f-1' })
  })

  test('the schema does find a fault when there is one', () => {
    expect(sarifFaults('{"version":"2.1.0"}')).not.toEqual([])
    expect(sarifFaults('{"version":"2.1.0","runs":[{}]}')).not.toEqual([])
  })

  test('what was not checked is a notification, and the exit code is on record', () => {
    const [invocation] = JSON.parse(toSarif(sampleReport())).runs[0].invocations
    expect(invocation).toMatchObject({ exitCode: 1, executionSuccessful: true })
    expect(invocation.toolExecutionNotifications[0].message.text).toBe(
      'not checked: attack pgd: the model gives no gradients',
    )
    const failed = toSarif(sampleReport({ verdict: 'error', exitCode: 2 }))
    expect(JSON.parse(failed).runs[0].invocations[0].executionSuccessful).toBe(false)
  })

  test('paths become addresses', () => {
    expect(fileAddress('models/a b#1.onnx')).toBe('models/a%20b%231.onnx')
    expect(fileAddress('/x/y')).toBe('file:///x/y')
    expect(fileAddress('C:\\x')).toBe('file:///C:/x')
  })
})

describe('replay', () => {
  test('the command is what was typed, with the seed, as a shell reads it', () => {
    expect(replayCommand(sampleReport())).toBe(
      "merlon assess models/digits.onnx --data 'my data' --attack fgsm,pgd --samples 200 --seed 1",
    )
    const options = { MODEL: "it's; rm -rf $HOME", quiet: 'true', json: 'false', seed: '1' }
    expect(replayCommand(sampleReport({ options }))).toBe(
      "merlon assess 'it'\\''s; rm -rf $HOME' --quiet --seed 1",
    )
  })

  test('a run that no command line started has none', () => {
    const report = sampleReport({ options: { samples: 'the first 200 of 10000' } })
    expect(replayCommand(report)).toBeUndefined()
    expect(toHtml(report)).not.toContain('class="command"')
    expect(toHtml(report)).toContain('the first 200 of 10000')
    expect(sarifFaults(toSarif(report))).toEqual([])
  })

  test('a long command is one command over several lines', () => {
    const lines = replayLines(sampleReport())
    expect(lines?.split('\n').length).toBeGreaterThan(3)
    expect(lines?.replaceAll(' \\\n  ', ' ')).toBe(replayCommand(sampleReport()))
  })
})

test('the summary never calls a run clean in which something was skipped or stopped', () => {
  const none = { findings: [], skipped: [] }
  expect(summaryText(sampleReport({ ...none, verdict: 'clean', exitCode: 0 }))).toBe(
    'nothing found, and nothing skipped',
  )
  expect(summaryText(sampleReport({ findings: [], verdict: 'incomplete', exitCode: 3 }))).toBe(
    '1 thing not checked; 0 findings in what was checked',
  )
  const stopped = sampleReport({ ...none, verdict: 'incomplete', exitCode: 130 })
  expect(summaryText(stopped)).toMatch(/^interrupted/)
  expect(summaryText(sampleReport())).toBe('1 finding (1 high); 1 thing not checked')
})

test('readers see the worst finding first, scripts see the order of the report', () => {
  const findings = [
    sampleFinding({ id: 'a', severity: 'low', title: 'small' }),
    sampleFinding({ id: 'b', severity: 'critical', title: 'grave' }),
  ]
  const report = sampleReport({ findings })
  expect(toHtml(report).indexOf('<h3>grave')).toBeLessThan(toHtml(report).indexOf('<h3>small'))
  expect(JSON.parse(toJson(report)).findings[0].id).toBe('a')
})

test('an unhealthy measurement is shown, healthy ones are folded', () => {
  const [healthy] = sampleReport().health
  const health = [healthy!, { ...healthy!, name: 'loss-never-rose', isHealthy: false }]
  const html = toHtml(sampleReport({ health, curves: [] }))
  expect(html.indexOf('Loss never rose')).toBeLessThan(html.indexOf('<details>'))
  expect(html.indexOf('Vanished gradients')).toBeGreaterThan(html.indexOf('<details>'))
})

test('every writer gives the same bytes for the same report', () => {
  for (const { write } of reportWriters) expect(write(sampleReport())).toBe(write(sampleReport()))
  expect(reportWriters.map(({ format }) => format)).toEqual(
    'json html sarif junit markdown'.split(' '),
  )
})

test('figures other than shares keep their unit and get an axis of their own', () => {
  const share = proportion(1, 2, { name: 'x', seed: 1, queries: 0 })
  // A median cannot be built by hand: this is a share with the method of one.
  const median = { ...share, value: 12.3456, interval: [10, 20], method: 'order-statistics' }
  const estimates = [median as unknown as typeof share]
  expect(toHtml(sampleReport({ estimates }))).toContain('12.35')
})

test('a finding that the baseline has too is shown and suppressed, and one that fails the run says so', () => {
  const findings = [
    sampleFinding({ id: 'known', effect: 'accepted' }),
    sampleFinding({ id: 'gate', effect: 'fails' }),
  ]
  const report = sampleReport({ findings })
  const [known, gate] = JSON.parse(toSarif(report)).runs[0].results
  expect(known.suppressions).toEqual([expect.objectContaining({ kind: 'external' })])
  expect(gate.suppressions).toBeUndefined()
  expect(toJunit(report)).toContain('skipped message="accepted, the baseline has it too')
  expect(toJunit(report).match(/<failure /g)).toHaveLength(1)
  expect(toMarkdown(report)).toMatch(/\(accepted by the baseline\)[\s\S]*\(fails the run\)/)
  expect(toHtml(report)).toMatch(/Accepted by the baseline[\s\S]*Fails the run/)
  expect(
    JSON.parse(toJson(report)).findings.map(({ effect }: { effect: string }) => effect),
  ).toEqual(['accepted', 'fails'])
})

test('curves are drawn with their numbers beside them, and hostile names stay text', () => {
  const [curve] = sampleReport().curves!
  const series = [{ name: '<script>x</script>', points: curve!.series[0]!.points }]
  const html = toHtml(sampleReport({ curves: [{ ...curve!, series }] }))
  expect(html).toContain('&lt;script&gt;x&lt;/script&gt;')
  expect(html).not.toContain('<script>')
  expect(html.match(/<tr><th scope="row" class="figure">&lt;script/g)).toHaveLength(3)
  const { curves } = JSON.parse(toJson(sampleReport()))
  expect(curves[0].series[0].points[2]).toMatchObject({ epsilon: 0.3, n: 10, queries: 20 })
  expect(JSON.parse(toJson(sampleReport({ curves: [] }))).curves).toEqual([])
})
