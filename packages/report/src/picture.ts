import { assert, type Picture } from '@merlon/core'
import { encode } from 'fast-png'

/**
 * A picture as a `data:image/png;base64,` address.
 * @throws Error (a bug) if the pixels do not fill the picture
 */
export function pngDataUri({ width, height, channels, pixels }: Picture): string {
  assert(pixels.length === width * height * channels, 'the pixels fill the picture')
  const png = encode({ width, height, channels, depth: 8, data: pixels })
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`
}
