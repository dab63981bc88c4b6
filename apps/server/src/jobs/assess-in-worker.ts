import type { Report, Task } from '@merlon/core'
import type { AssessJob } from './assess-job.ts'
import { runJob } from './run-job.ts'

/**
 * Assesses a model in a process of its own. A stopped task gives the part that is done.
 * @throws CodedError with the code of what stopped it
 */
export async function assessInWorker(job: AssessJob, task: Task): Promise<Report> {
  return (await runJob('assess', job, task)).report
}
