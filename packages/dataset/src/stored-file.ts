import { createHash } from 'node:crypto'
import { constants as fsConstants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, gunzipSync, constants as zlibConstants } from 'node:zlib'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'

/** A file that was read once: its digest is of the very bytes that are used. */
export interface StoredFile {
  readonly path: string
  /** Of the bytes as stored, lower-case hex. */
  readonly sha256: string
  /** After decompression. */
  readonly bytes: Uint8Array
}

/** @throws DatasetError DATASET_NOT_FOUND, _UNREADABLE, _TOO_LARGE, _TRUNCATED, _CORRUPT */
export async function readStored(path: string): Promise<StoredFile> {
  const stored = await withFile(path, async (file, size) => {
    if (size > limits.fileBytesMax) throw tooLarge(path, `${size} bytes`)
    return file.readFile()
  })
  const sha256 = createHash('sha256').update(stored).digest('hex')
  return { path, sha256, bytes: isGzip(stored) ? await inflate(stored, path) : stored }
}

/** The first bytes of a file after decompression: enough to tell what it is. */
export async function peek(path: string): Promise<Uint8Array> {
  const { head, isWhole } = await withFile(path, async (file, size) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limits.peekBytesMax))
    return { head: buffer.subarray(0, bytesRead), isWhole: size === bytesRead }
  })
  if (!isGzip(head)) return head
  const { Z_FINISH, Z_SYNC_FLUSH } = zlibConstants
  try {
    return gunzipSync(head, { finishFlush: isWhole ? Z_FINISH : Z_SYNC_FLUSH })
  } catch (cause) {
    throw inflateError(cause, path)
  }
}

/** @throws DatasetError DATASET_TOO_LARGE, DATASET_TRUNCATED, DATASET_CORRUPT */
export async function inflate(
  bytes: Uint8Array,
  path: string,
  bytesMax: number = limits.fileBytesMax,
): Promise<Uint8Array> {
  try {
    return await gunzipAsync(bytes, { maxOutputLength: bytesMax })
  } catch (cause) {
    throw inflateError(cause, path)
  }
}

const gunzipAsync = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip)

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Non-blocking, because opening a pipe for reading would otherwise wait for its writer. */
async function withFile<T>(
  path: string,
  use: (file: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  let file: FileHandle | undefined
  try {
    file = await open(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK)
    const status = await file.stat()
    if (!status.isFile()) {
      throw new DatasetError(
        'DATASET_UNREADABLE',
        `${path} is not a regular file; copy its content into one`,
      )
    }
    return await use(file, status.size)
  } catch (cause) {
    throw cause instanceof DatasetError ? cause : fileError(cause, path)
  } finally {
    await file?.close()
  }
}

/** Says what the operating system said about a path, as one sentence. */
export function fileError(cause: unknown, path: string): DatasetError {
  const code = errorCode(cause)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DatasetError(
      'DATASET_NOT_FOUND',
      `there is nothing at ${path}; check the path and the current folder`,
      { cause },
    )
  }
  return new DatasetError(
    'DATASET_UNREADABLE',
    `${path} cannot be read (${code}); check its permissions`,
    { cause },
  )
}

function inflateError(cause: unknown, path: string): DatasetError {
  const code = errorCode(cause)
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(path, 'more after decompression')
  if (code === 'Z_BUF_ERROR') {
    return new DatasetError(
      'DATASET_TRUNCATED',
      `${path} ends in the middle of its gzip stream; fetch it again`,
      { cause },
    )
  }
  return new DatasetError(
    'DATASET_CORRUPT',
    `${path} begins like gzip but does not decompress (${code}); fetch it again`,
    { cause },
  )
}

function tooLarge(path: string, size: string): DatasetError {
  return new DatasetError(
    'DATASET_TOO_LARGE',
    `${path} holds ${size}, the limit is ${limits.fileBytesMax} bytes; cut the data set down`,
  )
}

/** The code of a system or zlib error. */
export function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
}
