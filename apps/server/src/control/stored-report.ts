import { AssessmentDetail } from '@merlon/api'
import { z } from 'zod'

const { shape } = AssessmentDetail

/** The parts of a stored report that the API shows, in the report's own words. */
export const StoredReport = z.object({
  findings: shape.findingList,
  estimates: shape.estimates,
  skipped: shape.skippedList,
  health: shape.health,
  illustrations: shape.illustrations,
  // Reports from before there were plots have none.
  curves: shape.curves.default([]),
  seed: shape.seed,
  inputs: shape.inputs,
  options: shape.options,
})
export type StoredReport = z.infer<typeof StoredReport>

/** What is shown of an assessment that has none. */
export const noReport: StoredReport = {
  findings: [],
  estimates: [],
  skipped: [],
  health: [],
  illustrations: [],
  curves: [],
  seed: 0,
  inputs: [],
  options: {},
}
