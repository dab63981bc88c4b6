/** The stream cannot be read on: what Python would raise, or a limit. */
export class PickleFault extends Error {
  readonly isLimit: boolean
  constructor(message: string, isLimit = false) {
    super(message)
    this.isLimit = isLimit
  }
}

/** A cursor over bytes that never leaves them. */
export class Reader {
  readonly bytes: Uint8Array
  position: number
  readonly #view: DataView

  constructor(bytes: Uint8Array, position: number) {
    this.bytes = bytes
    this.position = position
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Goes past `count` bytes; returns where they began. */
  skip(count: number): number {
    const start = this.position
    if (count < 0 || count > this.bytes.length - start) {
      throw new PickleFault('the stream ends inside an opcode')
    }
    this.position = start + count
    return start
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1))
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true)
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true)
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true)
  }

  /** A length of eight bytes; one that no file can have is a fault. */
  uint64(): number {
    const value = this.#view.getBigUint64(this.skip(8), true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new PickleFault('a length is impossible')
    return Number(value)
  }

  /** The bytes up to a line feed, which is read too. */
  line(): { readonly start: number; readonly end: number } {
    const start = this.position
    const end = this.bytes.indexOf(10, start)
    if (end < 0) throw new PickleFault('the stream ends inside a line')
    this.position = end + 1
    return { start, end }
  }
}
