import { useNavigate, useSearch } from '@tanstack/react-router'
import { type Sort, sortText } from './sort.ts'

/** Filters, order and the selected row, as they stand in the address bar, and how to change them. */
export function useListSearch() {
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false })
  const navigate = useNavigate()
  const change = (next: Readonly<Record<string, string | undefined>>, replace = true) =>
    void navigate({
      to: '.',
      search: (before: Record<string, unknown>) => ({ ...before, ...next }),
      replace,
      resetScroll: false,
    })
  return {
    search,
    change,
    select: (key: string | undefined) =>
      change({ selected: key }, key === undefined || search.selected !== undefined),
    sortBy: (sort: Sort) => change({ sort: sortText(sort) }),
  }
}
