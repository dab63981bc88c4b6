import { useEffect, useRef } from 'react'
import { singleKeysChoice } from '../stored-choice.ts'
import { isTyping } from './is-typing.ts'

/** What the keyboard does with a list. */
export interface ListActions {
  /** -1 up, 1 down, or to an end. */
  readonly move: (by: -1 | 1 | 'first' | 'last') => void
  readonly openPage: () => void
  readonly close: () => void
  /** The list itself: arrows move only while the focus is in it, so that they scroll elsewhere. */
  readonly holdsFocus: () => boolean
}

/** j and k anywhere on the page, arrows, Home and End in the list, o for the page, Esc to close the peek. */
export function useListKeys(actions: ListActions): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target)) return
      const action = actionOf(event.key, latest.current)
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function actionOf(key: string, list: ListActions): (() => void) | undefined {
  if (key === 'Escape') return list.close
  if (singleKeysChoice.get() === 'on') {
    if (key === 'j') return () => list.move(1)
    if (key === 'k') return () => list.move(-1)
    if (key === 'o') return list.openPage
  }
  if (!list.holdsFocus()) return undefined
  if (key === 'ArrowDown') return () => list.move(1)
  if (key === 'ArrowUp') return () => list.move(-1)
  if (key === 'Home') return () => list.move('first')
  if (key === 'End') return () => list.move('last')
  return undefined
}
