import type { Report } from '@merlon/core'
import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { toHtml } from './html.ts'
import { toJson } from './json.ts'
import { toJunit } from './junit.ts'
import { toMarkdown } from './markdown.ts'
import { sampleReport } from './sample-report.test-support.ts'
import { toSarif } from './sarif.ts'
import { sarifFaults } from './sarif-schema.test-support.ts'
import { visibleText } from './visible-text.ts'

/** The sample report with one text in place of every text in it. */
function everywhere(text: string): Report {
  const plain = sampleReport()
  const swap = (value: unknown, key = ''): unknown => {
    if (value instanceof Uint8Array || typeof value !== 'object' || value === null) {
      const isFree = typeof value === 'string' && !closed.has(key)
      return isFree ? text : value
    }
    if (Array.isArray(value)) return value.map((item) => swap(item, key))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, swap(item, name)]))
  }
  // Every member keeps its type: only texts are swapped, and those of closed sets are not.
  const swapped = swap(plain) as Report
  return { ...swapped, options: { MODEL: text, [text]: text } }
}

const closed = new Set([
  ...[
    'schema',
    'verdict',
    'severity',
    'kind',
    'catalogue',
    'method',
    'startedAt',
    'version',
    'sha256',
  ],
])

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        ...['<script>', '</style>', '"', "'", '&amp;', '<!--', ']]>', '\0', '\x1b[31m', '\ud800'],
        ...['\u202e', '`', '|', '\n', '\r', '@team', '](http://x)', '<img src=x onerror=y>'],
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
)

type Node = DefaultTreeAdapterTypes.ChildNode

function nodesOf(html: string): Node[] {
  const walk = (node: Node): Node[] =>
    'childNodes' in node ? [node, ...node.childNodes.flatMap(walk)] : [node]
  return parse(html).childNodes.flatMap(walk)
}

const shapeOf = (html: string) =>
  nodesOf(html)
    .filter((node) => 'tagName' in node)
    .map((node) => `${node.tagName} ${node.attrs.map(({ name }) => name).join(' ')}`)

test('no text adds an element or an attribute to the HTML page', () => {
  // The links of known catalogues go with their identifiers; one run with harmless text says what is left.
  const shape = shapeOf(toHtml(everywhere('harmless')))
  fc.assert(
    fc.property(hostile, (text) => {
      expect(shapeOf(toHtml(everywhere(text)))).toEqual(shape)
    }),
    { numRuns: 60 },
  )
})

test('each text is shown in the HTML page, with what is invisible made visible', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = nodesOf(toHtml(everywhere(text)))
        .filter((node) => node.nodeName === '#text' && 'value' in node)
        .map((node) => ('value' in node ? node.value : ''))
        .join('')
      expect(shown).toContain(visibleText(text))
    }),
    { numRuns: 60 },
  )
})

test('the JUnit file is well-formed XML for every text, and its counts are true', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const counted = { testcase: 0, failure: 0, skipped: 0, error: 0 }
      const parser = new SaxesParser()
      let declared: Record<string, string> = {}
      parser.on('error', (error) => {
        throw error
      })
      parser.on('opentag', ({ name, attributes }) => {
        if (name === 'testsuites') declared = attributes
        if (name in counted) counted[name as keyof typeof counted] += 1
      })
      parser.write(toJunit(everywhere(text))).close()
      expect(declared).toMatchObject({
        tests: String(counted.testcase),
        failures: String(counted.failure),
        skipped: String(counted.skipped),
        errors: String(counted.error),
      })
    }),
    { numRuns: 60 },
  )
})

test('the SARIF file keeps its schema for every text', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(sarifFaults(toSarif(everywhere(text)))).toEqual([])
    }),
    { numRuns: 30 },
  )
})

test('JSON keeps every text as it was', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const report = everywhere(text)
      const read = JSON.parse(toJson(report))
      expect(read.findings[0].evidence).toBe(text)
      expect(read.options).toEqual({ MODEL: text, [text]: text })
    }),
    { numRuns: 60 },
  )
})

test('Markdown makes no link, mention, heading, tag or table cell of outside text', () => {
  const text = '# h\n[a](http://x) @team <b>x</b> | `c` *d* _e_ www.x.org ![i](j) &lt; #12'
  // A fenced block is closed by its own fence alone.
  const written = toMarkdown(everywhere(text)).replace(/^(`{3,})sh\n[\s\S]*?\n\1$/m, '')
  for (const line of written.split('\n')) {
    // Code spans and fences make nothing of their content; what remains is what Markdown reads.
    const read = line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '').replace(/\\./g, '')
    expect(read).not.toMatch(/\]\(|<b>|[^\\]@team|http:|&lt;|www\.x/)
  }
  expect(written.split('\n').filter((line) => line.startsWith('#')).length).toBe(5)
  const rows = written.split('\n').filter((line) => line.startsWith('|'))
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)?.length).toBe(7)
})
