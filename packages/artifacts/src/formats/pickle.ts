import { limits } from '../limits.ts'
import type { Observer } from '../pickle/machine.ts'
import { runStream } from '../pickle/run-stream.ts'
import type { Value } from '../pickle/value.ts'
import { type Judgement, judgeCall, judgeImport } from '../policy/judge.ts'
import type { ScanContext } from '../scan-context.ts'
import { looksNested } from './sniff.ts'

/** How pickles are loaded: by `pickle.load`, or by torch, which resolves persistent ids. */
export interface PickleUse {
  readonly persistent?: (id: Value, offset: number) => void
  /** True for bytes that may be no pickle at all: then a stream that does nothing says nothing. */
  readonly isGuess?: boolean
  /** How many streams its loader reads; what follows them is its own. */
  readonly streams?: number
}

/** What reading the streams of a file came to. */
export interface PickleOutcome {
  /** True when a stream was whole, or did something before it broke. */
  readonly isPickle: boolean
  /** Where the last whole stream ends. */
  readonly end: number
}

/** Follows every pickle stream in the bytes and reports what loading them would do. */
export function scanPickle(
  name: string,
  bytes: Uint8Array,
  context: ScanContext,
  use: PickleUse = {},
): PickleOutcome {
  const nested: { start: number; end: number }[] = []
  let position = 0
  let isPickle = false
  let hasRawArrays = false
  for (let stream = 0; position < bytes.length && stream < (use.streams ?? Infinity); stream++) {
    if (stream >= limits.pickleStreamsMax) {
      context.skip(name, `more than ${limits.pickleStreamsMax} pickle streams`)
      break
    }
    const found: { judgement: Judgement; offset: number }[] = []
    const note = (judgement: Judgement | undefined, offset: number) => {
      if (judgement !== undefined && found.length < limits.findingsMax)
        found.push({ judgement, offset })
    }
    const heldBefore = nested.length
    const observer = observerOf(bytes, note, use, nested)
    const outcome = runStream(bytes, position, {
      ...observer,
      imported(value, offset) {
        hasRawArrays ||= value.module === 'joblib.numpy_pickle'
        observer.imported(value, offset)
      },
    })
    const isWhole = outcome.fault === undefined
    // A lone full stop is a stream to Python only after a value: chance bytes are not told as findings.
    const isChance = !isWhole && (stream > 0 || use.isGuess === true) && bytes[position] !== 0x80
    if (isChance && !found.some(({ judgement }) => judgement.rule === 'artifact/pickle-call')) {
      nested.length = heldBefore
      break
    }
    for (const { judgement, offset } of found)
      context.find(judgement.rule, name, offset, judgement.evidence)
    isPickle = true
    if (!isWhole) {
      if (hasRawArrays) context.skip(name, 'the raw arrays inside joblib pickles are not read yet')
      else if (outcome.isLimit) context.skip(name, `the pickle passes a limit: ${outcome.fault}`)
      else context.find('artifact/pickle-invalid', name, outcome.end, outcome.fault ?? '')
      position = bytes.length
      break
    }
    position = outcome.end
  }
  for (const { start, end } of nested)
    context.scan(`${name}!bytes@${start}`, bytes.subarray(start, end))
  return { isPickle, end: position }
}

function observerOf(
  bytes: Uint8Array,
  note: (judgement: Judgement | undefined, offset: number) => void,
  use: PickleUse,
  nested: { start: number; end: number }[],
): Observer {
  return {
    imported: (value, offset) => note(judgeImport(value), offset),
    called: (callee, args, opcode, offset) => note(judgeCall(bytes, callee, args, opcode), offset),
    persistent(id, offset) {
      if (use.persistent !== undefined) return use.persistent(id, offset)
      const evidence = 'a persistent id, which only its own loader can resolve'
      note({ rule: 'artifact/pickle-unknown-call', evidence }, offset)
    },
    nested(start, end) {
      if (nested.length < limits.nestedBytesMax && looksNested(bytes, start, end))
        nested.push({ start, end })
    },
    differs: (evidence, offset) => note({ rule: 'artifact/pickle-differs', evidence }, offset),
  }
}
