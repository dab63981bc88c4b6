import type { AssessmentDetail } from '@merlon/api'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { assessmentsQuery } from '../../api.ts'
import { Select } from '../../design/field.tsx'
import { formatInstant } from '../../format/time.ts'

/** Leads to this assessment beside an older or newer one. */
export function CompareWith({ assessment: { id, startedAt } }: { assessment: AssessmentDetail }) {
  const all = useQuery(assessmentsQuery())
  const navigate = useNavigate()
  const others = all.data?.filter((other) => other.id !== id && other.headline.length > 0) ?? []
  if (others.length === 0) return null
  const open = (other: string) => {
    const chosen = others.find((one) => one.id === other)
    if (chosen === undefined) return
    const [a, b] = chosen.startedAt < startedAt ? [other, id] : [id, other]
    void navigate({ to: '/assessments/compare', search: { a, b } })
  }
  return (
    <Select
      inline
      label="Compare with"
      value=""
      options={[
        ['', '–'],
        ...others.map((one) => [one.id, `${one.model}, ${formatInstant(one.startedAt)}`] as const),
      ]}
      onChange={open}
    />
  )
}
