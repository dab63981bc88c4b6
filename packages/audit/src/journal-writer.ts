import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from './files.ts'
import { journalFolder, journalPath } from './journal.ts'
import { limits } from './limits.ts'

interface JournalFile {
  readonly path: string
  readonly handle: FileHandle
  bytes: number
  /** The record after its last one, once it is full. */
  end: number
}

/** Appends frames to the journal. Calls of `write` must not overlap, nor calls of `sync`; a write and a sync may. */
export class JournalWriter {
  readonly #folder: string
  readonly #fileBytes: number
  #current: JournalFile | undefined
  /** Full files that hold bytes which are not synced yet. */
  #full: JournalFile[] = []
  /** Paths of files that are written and synced, with the record that follows them. */
  #done: { readonly path: string; readonly end: number }[] = []

  /** @param fileBytes a file is closed and a new one begun at this length */
  constructor(folder: string, fileBytes: number = limits.journalFileBytes) {
    this.#folder = folder
    this.#fileBytes = fileBytes
  }

  /** Resolves when the frames are with the operating system: they survive the end of this process. */
  async write(frames: Buffer, first: number): Promise<void> {
    if (this.#current !== undefined && this.#current.bytes >= this.#fileBytes) {
      this.#current.end = first
      this.#full.push(this.#current)
      this.#current = undefined
    }
    this.#current ??= await this.#begin(first)
    const file = this.#current
    for (let done = 0; done < frames.length; ) {
      const part = frames.subarray(done, done + limits.writeBytesMax)
      const { bytesWritten } = await file.handle.write(part, 0, part.length, file.bytes)
      done += bytesWritten
      file.bytes += bytesWritten
    }
  }

  /** Resolves when every write that was finished before is on the disk. */
  async sync(): Promise<void> {
    const full = this.#full
    this.#full = []
    const current = this.#current
    for (const file of full) await file.handle.datasync()
    await current?.handle.datasync()
    for (const { handle, path, end } of full) {
      await handle.close()
      this.#done.push({ path, end })
    }
  }

  /** Removes the files of which every record is below `size`. */
  async prune(size: number): Promise<void> {
    const gone = this.#done.filter(({ end }) => end <= size)
    this.#done = this.#done.filter(({ end }) => end > size)
    for (const { path } of gone) await rm(path)
  }

  /** Ends the journal. Where a checkpoint covers all of it, its files are removed. */
  async close({ remove }: { readonly remove: boolean }): Promise<void> {
    const files = [...this.#full, ...(this.#current === undefined ? [] : [this.#current])]
    this.#full = []
    this.#current = undefined
    for (const { handle } of files) await handle.close()
    if (!remove) return
    for (const { path } of [...this.#done, ...files]) await rm(path)
    await syncFolder(join(this.#folder, journalFolder))
  }

  async #begin(first: number): Promise<JournalFile> {
    const path = join(this.#folder, journalPath(first))
    const handle = await open(path, 'wx', 0o640)
    // Without this a power failure could lose the file whose records were called durable.
    await syncFolder(join(this.#folder, journalFolder))
    return { path, handle, bytes: 0, end: Number.POSITIVE_INFINITY }
  }
}
