import type { IncomingMessage } from 'node:http'
import { GatewayError } from './gateway-error.ts'

export interface BodyBounds {
  readonly bytesMax: number
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/**
 * The whole body, counted as it comes: whatever was declared, it is cut off at its bound.
 * @throws GatewayError BODY_TOO_LARGE, BODY_TIMEOUT, or the signal's reason
 */
export function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<Buffer> {
  const { bytesMax, deadlineMs, signal } = bounds
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) settle(() => reject(tooLarge(bytesMax)))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(() => resolve(joined(chunks)))
    const onAbort = () => settle(() => reject(signal.reason))
    const timer = setTimeout(() => settle(() => reject(tooSlow(deadlineMs))), deadlineMs)
    const settle = (outcome: () => void) => {
      clearTimeout(timer)
      request.removeListener('data', onData)
      request.removeListener('end', onEnd)
      signal.removeEventListener('abort', onAbort)
      request.pause()
      outcome()
    }
    // A broken connection also aborts the signal; without a listener the error would end the process.
    request.on('error', onAbort)
    request.on('data', onData)
    request.once('end', onEnd)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
}

/** Judges a body before a byte of it is read. @throws GatewayError BODY_TOO_LARGE if the header `content-length` says more than allowed */
export function refuseDeclaredLength(request: IncomingMessage, bytesMax: number): void {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError(
    'BODY_TOO_LARGE',
    `the body is larger than ${bytesMax} bytes, the most that this route takes`,
  )
}

function tooSlow(deadlineMs: number): GatewayError {
  return new GatewayError('BODY_TIMEOUT', `the body was not complete after ${deadlineMs} ms`)
}
