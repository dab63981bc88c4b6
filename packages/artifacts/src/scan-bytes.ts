import { createHash } from 'node:crypto'
import { gunzipSync, inflateSync } from 'node:zlib'
import type { Finding, Skipped } from '@merlon/core'
import { isLegacyTorch, scanLegacyTorch } from './formats/legacy-torch.ts'
import { scanNpy } from './formats/npy.ts'
import { scanPickle } from './formats/pickle.ts'
import { isSafetensors, scanSafetensors } from './formats/safetensors.ts'
import { beginsWith, programs, unreadFormats } from './formats/sniff.ts'
import { scanTorch } from './formats/torch.ts'
import { readZip } from './formats/zip.ts'
import { limits } from './limits.ts'
import type { FileVerdict } from './rules.ts'
import { openContext, type ScanContext, verdictOf } from './scan-context.ts'

/** What was found in one file. */
export interface ScannedFile {
  readonly path: string
  readonly verdict: FileVerdict
  /** Lower-case hex. */
  readonly sha256: string
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
}

/** Reads a file by its content and says what loading it would do. Nothing in it is run; its name decides nothing. */
export function scanBytes(path: string, bytes: Uint8Array): ScannedFile {
  const context = openContext(path, scanPart)
  scanPart('', bytes, context)
  const { findings, skipped } = context
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { path, verdict: verdictOf(findings, skipped), sha256, findings, skipped }
}

/** Runs every reader that could take the bytes: a file may be several things at once. */
function scanPart(name: string, bytes: Uint8Array, context: ScanContext): void {
  if (bytes.length === 0) {
    context.skip(name, 'the file is empty')
    return
  }
  if (isLegacyTorch(bytes)) {
    scanLegacyTorch(name, bytes, context)
    return
  }
  const before = context.findings.length + context.skipped.length
  const isKnown = scanKnown(name, bytes, context)
  const isGuess = bytes[0] !== 0x80
  const { isPickle, end } =
    isKnown && isGuess
      ? quietPickle(name, bytes, context)
      : scanPickle(name, bytes, context, { isGuess })
  if (isPickle && !isKnown && end < bytes.length) {
    context.find(
      'artifact/unexplained-bytes',
      name,
      end,
      `${bytes.length - end} bytes after the pickle`,
    )
  }
  if (isKnown || isPickle || context.findings.length + context.skipped.length > before) return
  context.skip(name, 'the format is not one that the scanner reads')
}

/** A file of another format is a pickle too only where reading it as one does something. */
function quietPickle(name: string, bytes: Uint8Array, context: ScanContext) {
  if (beginsWith(bytes, 'PK\x03\x04')) return { isPickle: false, end: 0 }
  return scanPickle(name, bytes, context, { isGuess: true })
}

function scanKnown(name: string, bytes: Uint8Array, context: ScanContext): boolean {
  let isKnown = false
  const reads = (isYes: boolean, read: () => void) => {
    if (!isYes) return
    isKnown = true
    read()
  }
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const hasZip =
    beginsWith(bytes, 'PK\x03\x04') || tail.lastIndexOf('PK\x05\x06', undefined, 'latin1') >= 0
  reads(hasZip, () => scanTorch(name, readZip(name, bytes, context), context))
  reads(beginsWith(bytes, '\x93NUMPY'), () => scanNpy(name, bytes, context))
  reads(!hasZip && isSafetensors(bytes), () => scanSafetensors(name, bytes, context))
  reads(beginsWith(bytes, '\x1f\x8b\x08'), () => unpack(name, bytes, gunzipSync, context))
  const isZlib = bytes[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(bytes[1] ?? 0)
  reads(isZlib, () => unpack(name, bytes, inflateSync, context))
  const program = programs.find(([magic]) => beginsWith(bytes, magic))
  reads(program !== undefined, () => {
    context.find('artifact/executable', name, 0, `begins as ${program?.[1]} does`)
  })
  const unread = unreadFormats.find(([magic]) => beginsWith(bytes, magic))
  reads(unread !== undefined, () => context.skip(name, `${unread?.[1]} are not read yet`))
  reads(beginsWith(bytes, 'ustar', 257), () => context.skip(name, 'tar archives are not read yet'))
  return isKnown
}

type Unpack = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

function unpack(name: string, bytes: Uint8Array, by: Unpack, context: ScanContext): void {
  const byRatio = Math.max(bytes.length * limits.ratioMax, limits.ratioBytesMin)
  try {
    const inner = by(bytes, {
      maxOutputLength: Math.max(1, Math.min(byRatio, context.unpackedLeft)),
    })
    context.spend(inner.length)
    context.scan(`${name}!unpacked`, inner)
  } catch (error) {
    if (error instanceof RangeError) context.skip(name, 'it unpacks to more than the limits allow')
    else context.find('artifact/file-invalid', name, 0, 'the compressed stream is damaged')
  }
}
