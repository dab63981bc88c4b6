import { limits } from '../limits.ts'
import { Machine, type Observer } from './machine.ts'
import { opcodes } from './opcodes.ts'
import { PickleFault } from './reader.ts'
import type { Value } from './value.ts'

/** How far a stream could be read, and what lay on the stack at STOP. */
export interface StreamEnd {
  readonly end: number
  readonly opcodes: number
  readonly result?: Value
  readonly fault?: string
  readonly isLimit?: boolean
}

const stop = 0x2e
const steps = Array.from({ length: 256 }, (_, code) => opcodes[String.fromCharCode(code)])

/** Follows one pickle stream from `start`; what came before a fault has been told to the observer. */
export function runStream(bytes: Uint8Array, start: number, observer: Observer): StreamEnd {
  const machine = new Machine(bytes, start, observer)
  const { reader } = machine
  let count = 0
  try {
    for (;;) {
      if (++count > limits.pickleOpcodesMax) throw new PickleFault('too many opcodes', true)
      const offset = reader.position
      const code = reader.uint8()
      if (code === stop) return { end: reader.position, opcodes: count, result: machine.pop() }
      const step = steps[code]
      if (step === undefined) throw new PickleFault(`there is no opcode 0x${code.toString(16)}`)
      step(machine, offset)
    }
  } catch (error) {
    if (!(error instanceof PickleFault)) throw error
    return { end: reader.position, opcodes: count, fault: error.message, isLimit: error.isLimit }
  }
}
