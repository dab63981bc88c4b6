import { type RefObject, useState } from 'react'
import { useListKeys } from './use-list-keys.ts'
import { useListSearch } from './use-list-search.ts'

interface WalkOptions {
  readonly scroller: RefObject<HTMLElement | null>
  /** The rows' keys in the order in which they are listed. */
  readonly keys: readonly string[]
  readonly openPage: (index: number) => void
  readonly show: (index: number) => void
}

/** Walks a list by keyboard: the focus moves from row to row, and the open peek panel goes along. */
export function useWalk({ scroller, keys, openPage, show }: WalkOptions) {
  const { search, select } = useListSearch()
  const { selected } = search
  const [walked, setWalked] = useState<string>()
  const active = keys.indexOf(selected ?? walked ?? '')
  const focus = (index: number) => {
    show(index)
    // The row may be drawn only after the scroll.
    requestAnimationFrame(() => {
      const link = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] th a`)
      link?.focus({ preventScroll: true })
    })
  }
  useListKeys({
    holdsFocus: () => scroller.current?.contains(document.activeElement) ?? false,
    move: (by) => {
      const index = indexAfter(active, by, keys.length)
      const key = index === undefined ? undefined : keys[index]
      if (index === undefined || key === undefined) return
      setWalked(key)
      if (selected !== undefined) select(key)
      focus(index)
    },
    openPage: () => {
      if (active >= 0) openPage(active)
    },
    close: () => {
      if (selected === undefined) return
      setWalked(selected)
      select(undefined)
      if (active >= 0) focus(active)
    },
  })
  return { tabStop: Math.max(0, active), onFocus: setWalked }
}

function indexAfter(
  active: number,
  by: -1 | 1 | 'first' | 'last',
  count: number,
): number | undefined {
  if (count === 0) return undefined
  if (by === 'first') return 0
  if (by === 'last') return count - 1
  if (active < 0) return 0
  return Math.min(Math.max(active + by, 0), count - 1)
}
