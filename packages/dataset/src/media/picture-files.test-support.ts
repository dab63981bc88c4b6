import { crc32, deflateSync } from 'node:zlib'

/** A PNG of 8 bits as the specification has it (W3C PNG 3, sections 5 and 11): colour type 0 is grey, 2 is RGB, 6 RGBA. */
export function pngOf(
  width: number,
  height: number,
  pixels: readonly number[],
  colourType: 0 | 2 | 6 = 0,
  claimed: readonly [width: number, height: number] = [width, height],
): Uint8Array {
  const perPixel = { 0: 1, 2: 3, 6: 4 }[colourType]
  const rows = Array.from({ length: height }, (_, y) => [
    0, // no filter
    ...pixels.slice(y * width * perPixel, (y + 1) * width * perPixel),
  ])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(claimed[0], 0)
  header.writeUInt32BE(claimed[1], 4)
  header.set([8, colourType, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  whole.set(body, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

/** A WAV file; `data` are the bytes of its sound. */
export function wavOf(
  data: Uint8Array,
  { tag = 1, bits = 16, channels = 1, rate = 8000, extensible = false } = {},
): Uint8Array {
  const format = Buffer.alloc(extensible ? 40 : 16)
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(rate, 4)
  format.writeUInt32LE((rate * channels * bits) / 8, 8)
  format.writeUInt16LE((channels * bits) / 8, 12)
  format.writeUInt16LE(bits, 14)
  if (extensible) format.writeUInt16LE(tag, 24)
  const part = (name: string, bytes: Uint8Array) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(bytes.length)
    return Buffer.concat([Buffer.from(name), size, bytes, Buffer.alloc(bytes.length % 2)])
  }
  const parts = [part('fmt ', format), part('LIST', Buffer.of(1, 2, 3)), part('data', data)]
  return part('RIFF', Buffer.concat([Buffer.from('WAVE'), ...parts]))
}
