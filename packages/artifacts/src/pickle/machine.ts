import { limits } from '../limits.ts'
import { PickleFault, Reader } from './reader.ts'
import { renamed } from './renames.ts'
import { symbolicCall } from './symbolic-call.ts'
import { decodeText } from './text.ts'
import { mark, plain, type Value } from './value.ts'

/** How a stream came to a call; each opcode has its own law. */
export type CallOpcode = 'REDUCE' | 'OBJ' | 'INST' | 'NEWOBJ' | 'NEWOBJ_EX' | 'BUILD'

/** What loading the stream would do, told in its order. */
export interface Observer {
  imported(value: Value & { readonly kind: 'global' }, offset: number): void
  /** `BUILD` calls `__setstate__` or fills the attributes of `callee`, an object. */
  called(callee: Value, args: Value, opcode: CallOpcode, offset: number): void
  persistent(id: Value, offset: number): void
  /** Bytes that begin as a pickle or an archive does. */
  nested(start: number, end: number): void
  /** What other readers of pickles would understand otherwise. */
  differs(how: string, offset: number): void
}

/** The state of CPython's unpickler for one stream, with values that are only described. */
export class Machine {
  readonly reader: Reader
  readonly observer: Observer
  readonly stack: Value[] = []
  readonly #marks: number[] = []
  readonly #memo = new Map<number, Value>()
  protocol = 0

  constructor(bytes: Uint8Array, start: number, observer: Observer) {
    this.reader = new Reader(bytes, start)
    this.observer = observer
  }

  push(value: Value): void {
    if (this.stack.length >= limits.pickleStackMax) throw new PickleFault('the stack is full', true)
    this.stack.push(value)
  }

  pushMark(): void {
    this.#marks.push(this.stack.length)
    this.push(mark)
  }

  /** The values above the newest mark stay out of reach of plain pops, as in CPython's `fence`. */
  pop(): Value {
    const fence = this.#marks.at(-1)
    const value =
      this.stack.length > (fence === undefined ? 0 : fence + 1) ? this.stack.pop() : undefined
    if (value === undefined) throw new PickleFault('a value is taken from an empty stack')
    return value
  }

  top(): Value {
    const value = this.pop()
    this.stack.push(value)
    return value
  }

  /** POP drops a value, or the mark when nothing lies on it. */
  drop(): void {
    const fence = this.#marks.at(-1)
    if (fence !== undefined && this.stack.length === fence + 1) this.popMark()
    else this.pop()
  }

  popMark(): readonly Value[] {
    const fence = this.#marks.pop()
    if (fence === undefined) throw new PickleFault('there is no mark on the stack')
    return this.stack.splice(fence).slice(1)
  }

  pushTuple(items: readonly Value[]): void {
    const kept = items.slice(0, limits.tupleItemsKept)
    this.push({ kind: 'tuple', items: kept, length: items.length })
  }

  put(index: number): void {
    if (index < 0) throw new PickleFault('a memo index is negative')
    if (this.#memo.size >= limits.pickleMemoMax) throw new PickleFault('the memo is full', true)
    this.#memo.set(index, this.top())
  }

  memoize(): void {
    this.put(this.#memo.size)
  }

  get(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) throw new PickleFault('a memo entry is read that was never written')
    this.push(value)
  }

  /** Imports as `find_class` does; the name may hold dots from protocol 4 on. */
  import(module: string, name: string, offset: number): void {
    const isOld = this.protocol < 3
    const [realModule, realName] = isOld ? renamed(module, name) : [module, name]
    if (isOld && name.includes('.')) {
      this.observer.differs('a dotted name below protocol 4, where implementations differ', offset)
    }
    const value = { kind: 'global', module: realModule, name: realName } as const
    this.observer.imported(value, offset)
    this.push(value)
  }

  call(callee: Value, args: Value, opcode: CallOpcode, offset: number): void {
    this.observer.called(callee, args, opcode, offset)
    this.push(symbolicCall(this.reader.bytes, callee, args))
  }

  textOf(value: Value): string {
    if (value.kind !== 'text') throw new PickleFault('a name is not a string')
    if (value.end - value.start > limits.nameCharsMax)
      throw new PickleFault('a name is too long', true)
    return decodeText(this.reader.bytes, value)
  }

  pushBytes(start: number, end: number): void {
    this.observer.nested(start, end)
    this.push({ kind: 'bytes', start, end })
  }

  pushPlain(): void {
    this.push(plain)
  }
}
