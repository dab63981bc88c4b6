import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scanBytes } from './scan-bytes.ts'

const scan = (text: string) => scanBytes('file', Buffer.from(text, 'latin1'))

test.each([
  ['a call by REDUCE', 'cposix\nsystem\n(Vid\ntR.'],
  ['a Python 2 name', 'c__builtin__\neval\n(V1\ntR.'],
  ['INST', '(Vid\nios\nsystem\n.'],
  ['OBJ', '(cos\nsystem\nVid\no.'],
  ['STACK_GLOBAL', '\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.'],
  ['a call whose result is popped', 'cos\nsystem\n(Vid\ntR0N.'],
  ['a call before the stream breaks', '\x80\x04cos\nsystem\n(Vid\ntR\xff'],
  ['a call in the second stream', 'N.cos\nsystem\n(Vid\ntR.'],
  ['an attribute behind an allowed name', 'cbuiltins\ngetattr\n(cnumpy\nndarray\nV__class__\ntR.'],
  ['a name with escapes', '\x80\x04V\\u006fs\nVsystem\n\x93)R.'],
])('%s is malicious', (_, text) => {
  expect(scan(text).verdict).toBe('malicious')
})

test.each([
  ['None', 'N.'],
  ['an ordered dictionary', 'ccollections\nOrderedDict\n)R.'],
  ['a word like a name', '\x80\x04\x8c\x09os.system\x94.'],
])('%s is clean', (_, text) => {
  expect(scan(text)).toMatchObject({ verdict: 'clean', findings: [], skipped: [] })
})

test('a class of a package that nobody looked at is suspicious', () => {
  expect(scan('cshop.model\nNet\n)\x81.').verdict).toBe('suspicious')
})

test('encode is allowed for latin1 alone', () => {
  expect(scan('c_codecs\nencode\n(Va\nVlatin1\ntR.').verdict).toBe('clean')
  expect(scan('c_codecs\nencode\n(Va\nVzip\ntR.').verdict).toBe('malicious')
})

test('what is not known is never clean', () => {
  expect(scan('').verdict).toBe('unscannable')
  expect(scan('hello, world').verdict).not.toBe('clean')
})

test('no bytes crash the scanner', () => {
  const heads = ['', '\x80\x04', 'PK\x03\x04', '\x93NUMPY\x01\x00', '\x1f\x8b\x08'].map((head) =>
    Buffer.from(head, 'latin1'),
  )
  const bytes = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 400 }))
  fc.assert(
    fc.property(bytes, ([head, tail]) => {
      scanBytes('file', Buffer.concat([head, tail]))
    }),
    { numRuns: 300 },
  )
})
