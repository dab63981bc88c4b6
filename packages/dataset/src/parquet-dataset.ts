import { Worker } from 'node:worker_threads'
import { type Task, unattended } from '@merlon/core'
import type { Dataset, DatasetOptions } from './dataset.ts'
import { DatasetError } from './dataset-error.ts'
import { limits } from './limits.ts'
import type { ParquetQuestion, ParquetReply } from './read-parquet.ts'
import type { StoredFile } from './stored-file.ts'
import { type Table, tableDataset } from './table-dataset.ts'

/** True for what begins as a Parquet file does. */
export function isParquet(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1'
}

/**
 * A Parquet table of numbers, truth values and one label column as a data set.
 * @throws DatasetError as `readParquet`; DATASET_CORRUPT, _TOO_LARGE, _NOT_CLASSES
 */
export async function parquetDataset(
  name: string,
  file: StoredFile,
  options: DatasetOptions = {},
  task: Task = unattended,
): Promise<Dataset> {
  const question = { bytes: file.bytes, path: file.path, labels: options.labels }
  return tableDataset(name, 'parquet', file, await parsedApart(question, task))
}

/** In a thread that may run out of memory or time without harm. */
function parsedApart(question: ParquetQuestion, { signal }: Task): Promise<Table> {
  const { path } = question
  const isSource = import.meta.url.endsWith('.ts')
  const entry = new URL(
    isSource ? '../dist/parquet-worker.js' : './parquet-worker.js',
    import.meta.url,
  )
  const worker = new Worker(entry, {
    workerData: question,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: limits.parquetHeapMb },
  })
  return new Promise<Table>((resolve, reject) => {
    const stop = (error: unknown) => {
      clearTimeout(deadline)
      signal.removeEventListener('abort', abort)
      void worker.terminate()
      reject(error)
    }
    const abort = () => stop(signal.reason)
    const deadline = setTimeout(() => {
      stop(costly(path, `takes longer than ${limits.parquetMs / 1000} s to read`))
    }, limits.parquetMs)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    worker.on('error', (cause) => {
      const isMemory = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
      stop(isMemory ? costly(path, 'needs too much memory to read') : damaged(path, cause.message))
    })
    worker.on('exit', () => stop(damaged(path, 'its reader stopped')))
    worker.on('message', (reply: ParquetReply) => {
      if (reply.kind === 'refused') return stop(new DatasetError(reply.code, reply.message))
      if (reply.kind === 'damaged') return stop(damaged(path, reply.why))
      resolve(reply.table)
      stop(undefined)
    })
  })
}

function costly(path: string, what: string): DatasetError {
  return new DatasetError('DATASET_TOO_LARGE', `${path} ${what}; cut rows or columns`)
}

/** The reader's words may hold bytes of the file: one short line of them. */
function damaged(path: string, why: string): DatasetError {
  const line = why.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 100)
  return new DatasetError('DATASET_CORRUPT', `${path} is damaged (${line}); write it again`)
}
