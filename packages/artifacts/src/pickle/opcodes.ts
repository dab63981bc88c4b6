import type { Machine } from './machine.ts'
import { PickleFault } from './reader.ts'
import type { Value } from './value.ts'

type Step = (machine: Machine, offset: number) => void

const ascii = (bytes: Uint8Array, at: { readonly start: number; readonly end: number }) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at.start, at.end - at.start).toString('latin1')

function lineText(m: Machine): string {
  const line = m.reader.line()
  return ascii(m.reader.bytes, line)
}

/** `int(text, 0)`: with a prefix 0x, 0o or 0b, underscores between digits, and spaces around. */
const integer =
  /^\s*[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[1-9](?:_?[0-9])*|0(?:_?0)*)\s*$/

function pushNumber(m: Machine, text: string): void {
  m.push({ kind: 'number', text: text.trim().slice(0, 64) })
}

function readInt(m: Machine, offset: number): void {
  const text = lineText(m)
  if (!/^\s*[+-]?\d+\s*$/.test(text)) {
    if (!integer.test(text)) throw new PickleFault('an integer is malformed')
    m.observer.differs('an integer with a prefix, which only some readers take', offset)
  }
  pushNumber(m, text)
}

function readLong(m: Machine, offset: number): void {
  const text = lineText(m)
  const digits = text.endsWith('L') ? text.slice(0, -1) : text
  if (!/^\s*[+-]?\d+\s*$/.test(digits)) {
    if (!integer.test(digits)) throw new PickleFault('an integer is malformed')
    m.observer.differs('an integer with a prefix, which only some readers take', offset)
  }
  pushNumber(m, digits)
}

function readLongBytes(m: Machine, length: number): void {
  const start = m.reader.skip(length)
  const little = Buffer.from(m.reader.bytes.subarray(start, start + Math.min(length, 32))).reverse()
  pushNumber(m, length <= 32 ? `0x${little.toString('hex')}` : 'large')
}

function memoIndex(m: Machine): number {
  const text = lineText(m)
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new PickleFault('a memo index is malformed')
  return Number(text)
}

function pushText(m: Machine, length: number): void {
  const start = m.reader.skip(length)
  m.observer.nested(start, start + length)
  m.push({ kind: 'text', start, end: start + length, form: 'utf-8' })
}

function readBytes(m: Machine, length: number): void {
  const start = m.reader.skip(length)
  m.pushBytes(start, start + length)
}

function readQuoted(m: Machine): void {
  const { start, end: lineEnd } = m.reader.line()
  const { bytes } = m.reader
  let end = lineEnd
  while (end > start && (bytes[end - 1] ?? 0) <= 32) end--
  const quote = bytes[start]
  const isQuoted = end - start >= 2 && (quote === 39 || quote === 34) && bytes[end - 1] === quote
  if (!isQuoted) throw new PickleFault('a string has no quotes')
  m.push({ kind: 'text', start: start + 1, end: end - 1, form: 'string-escape' })
}

function readGlobal(m: Machine): readonly [string, string] {
  const module = m.reader.line()
  const name = m.reader.line()
  const form = 'utf-8'
  return [m.textOf({ kind: 'text', ...module, form }), m.textOf({ kind: 'text', ...name, form })]
}

const tupleOf = (items: readonly Value[]): Value => ({
  kind: 'tuple',
  items: items.slice(0, 16),
  length: items.length,
})

const newPlain: Step = (m) => m.pushPlain()
const dropMark: Step = (m) => {
  m.popMark()
  m.top()
}
const markToPlain: Step = (m) => {
  m.popMark()
  m.pushPlain()
}
const tuple =
  (length: number): Step =>
  (m) => {
    const items: Value[] = []
    for (let i = 0; i < length; i++) items.unshift(m.pop())
    m.pushTuple(items)
  }
const skipPlain =
  (length: number): Step =>
  (m) => {
    m.reader.skip(length)
    m.pushPlain()
  }
const extension =
  (width: 'uint8' | 'uint16' | 'int32'): Step =>
  (m, offset) => {
    const code = m.reader[width]()
    if (code <= 0) throw new PickleFault('an extension code is not positive')
    // The registry is filled by programs at run time: what a code stands for is not in the file.
    m.import('copyreg', `extension ${code}`, offset)
  }

/** Every opcode of protocols 0 to 5 but STOP, as CPython's `_pickle.c` runs it. */
export const opcodes: Readonly<Record<string, Step>> = {
  '(': (m) => m.pushMark(),
  '0': (m) => m.drop(),
  '1': (m) => void m.popMark(),
  '2': (m) => m.push(m.top()),
  F: (m) => {
    lineText(m)
    m.pushPlain()
  },
  I: readInt,
  J: (m) => pushNumber(m, String(m.reader.int32())),
  K: (m) => pushNumber(m, String(m.reader.uint8())),
  L: readLong,
  M: (m) => pushNumber(m, String(m.reader.uint16())),
  N: newPlain,
  P: (m, offset) => {
    const line = m.reader.line()
    m.observer.persistent({ kind: 'text', ...line, form: 'utf-8' }, offset)
    m.pushPlain()
  },
  Q: (m, offset) => {
    m.observer.persistent(m.pop(), offset)
    m.pushPlain()
  },
  R: (m, offset) => {
    const args = m.pop()
    m.call(m.pop(), args, 'REDUCE', offset)
  },
  S: readQuoted,
  T: (m) => {
    const length = m.reader.int32()
    pushText(m, length)
  },
  U: (m) => pushText(m, m.reader.uint8()),
  V: (m) => m.push({ kind: 'text', ...m.reader.line(), form: 'raw-unicode-escape' }),
  X: (m) => pushText(m, m.reader.uint32()),
  a: (m) => {
    m.pop()
    m.top()
  },
  b: (m, offset) => {
    const state = m.pop()
    const object = m.top()
    m.observer.called(object, state, 'BUILD', offset)
  },
  c: (m, offset) => m.import(...readGlobal(m), offset),
  d: markToPlain,
  '}': newPlain,
  e: dropMark,
  g: (m) => m.get(memoIndex(m)),
  h: (m) => m.get(m.reader.uint8()),
  i: (m, offset) => {
    const [module, name] = readGlobal(m)
    const args = tupleOf(m.popMark())
    m.import(module, name, offset)
    m.call(m.pop(), args, 'INST', offset)
  },
  j: (m) => m.get(m.reader.uint32()),
  l: markToPlain,
  ']': newPlain,
  o: (m, offset) => {
    const [callee, ...args] = m.popMark()
    if (callee === undefined) throw new PickleFault('OBJ has no class')
    m.call(callee, tupleOf(args), 'OBJ', offset)
  },
  p: (m) => m.put(memoIndex(m)),
  q: (m) => m.put(m.reader.uint8()),
  r: (m) => m.put(m.reader.uint32()),
  s: (m) => {
    m.pop()
    m.pop()
    m.top()
  },
  t: (m) => m.pushTuple(m.popMark()),
  ')': (m) => m.pushTuple([]),
  u: dropMark,
  G: skipPlain(8),
  B: (m) => readBytes(m, m.reader.uint32()),
  C: (m) => readBytes(m, m.reader.uint8()),
  '\x80': (m) => {
    m.protocol = m.reader.uint8()
    if (m.protocol > 5) throw new PickleFault(`protocol ${m.protocol} does not exist`)
  },
  '\x81': (m, offset) => {
    const args = m.pop()
    m.call(m.pop(), args, 'NEWOBJ', offset)
  },
  '\x82': extension('uint8'),
  '\x83': extension('uint16'),
  '\x84': extension('int32'),
  '\x85': tuple(1),
  '\x86': tuple(2),
  '\x87': tuple(3),
  '\x88': newPlain,
  '\x89': newPlain,
  '\x8a': (m) => readLongBytes(m, m.reader.uint8()),
  '\x8b': (m) => readLongBytes(m, m.reader.int32()),
  '\x8c': (m) => pushText(m, m.reader.uint8()),
  '\x8d': (m) => pushText(m, m.reader.uint64()),
  '\x8e': (m) => readBytes(m, m.reader.uint64()),
  '\x8f': newPlain,
  '\x90': dropMark,
  '\x91': markToPlain,
  '\x92': (m, offset) => {
    m.pop()
    const args = m.pop()
    m.call(m.pop(), args, 'NEWOBJ_EX', offset)
  },
  '\x93': (m, offset) => {
    const name = m.textOf(m.pop())
    m.import(m.textOf(m.pop()), name, offset)
  },
  '\x94': (m) => m.memoize(),
  '\x95': (m, offset) => {
    const length = m.reader.uint64()
    const end = m.reader.position + length
    if (end > m.reader.bytes.length) m.observer.differs('a frame longer than the file', offset)
  },
  '\x96': (m) => readBytes(m, m.reader.uint64()),
  '\x97': newPlain,
  '\x98': (m) => void m.top(),
}
