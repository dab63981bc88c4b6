import { listModels } from '@merlon/server'
import type { Invocation, Outcome } from '../command.ts'
import { instantText } from '../figures.ts'
import { table } from '../table.ts'
import { withStateIfAny } from '../with-state.ts'

/** `merlon model list`: what is registered, and what its last assessment came to. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const models = await withStateIfAny(invocation, [], async (state) => {
    const rows = await listModels(state)
    const assessments = await state.store.assessments.list()
    return rows.map(({ name, path, sha256, bytes, registeredAt }) => {
      // Newest first: the first that ended is the last assessment.
      const last = assessments.find((one) => one.model === name && one.finishedAt !== null)
      const lastAssessment =
        last === undefined
          ? null
          : { id: last.id, verdict: last.verdict ?? last.status, finishedAt: last.finishedAt }
      return { name, path, sha256, bytes, registeredAt, lastAssessment }
    })
  })
  return {
    data: { models },
    text: (paint) =>
      models.length === 0
        ? ['no model is registered; name one under "models:" in merlon.yaml and run merlon start']
        : table(
            [
              { heading: 'name', paint: paint.bold },
              { heading: 'last assessment' },
              { heading: 'sha256' },
              { heading: 'registered' },
              { heading: 'path', isFlexible: true },
            ],
            models.map(({ name, lastAssessment, sha256, registeredAt, path }) => [
              name,
              // Never assessed is not clean.
              lastAssessment?.verdict ?? '- never',
              sha256.slice(0, 12),
              instantText(registeredAt),
              path,
            ]),
            paint,
          ),
  }
}
