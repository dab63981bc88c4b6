import { parentPort, workerData } from 'node:worker_threads'
import { DatasetError } from './dataset-error.ts'
import { type ParquetQuestion, type ParquetReply, readParquet } from './read-parquet.ts'

// The entry of the thread that parquet-dataset.ts starts: what it gets is parsed here and nowhere else.
const question = workerData as ParquetQuestion

readParquet(question).then(
  (table) => say({ kind: 'table', table }),
  (cause: unknown) => {
    if (cause instanceof DatasetError) {
      say({ kind: 'refused', code: cause.code, message: cause.message })
    } else {
      const why = cause instanceof Error ? cause.message : String(cause)
      say({ kind: 'damaged', why })
    }
  },
)

function say(reply: ParquetReply): void {
  parentPort?.postMessage(reply)
}
