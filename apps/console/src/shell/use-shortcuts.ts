import { useEffect, useRef } from 'react'
import { isTyping } from '../list/is-typing.ts'
import { singleKeysChoice } from '../stored-choice.ts'
import { type ShellCommand, type ShortcutState, stepShortcut } from './shortcuts.ts'

/** Listens for the shell's shortcuts as long as the shell stands. */
export function useShortcuts(onCommand: (command: ShellCommand) => void): void {
  const latest = useRef(onCommand)
  useEffect(() => {
    latest.current = onCommand
  })
  useEffect(() => {
    let state: ShortcutState = { leaderAt: null }
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      const stroke = {
        key: event.key,
        hasModifier: event.ctrlKey || event.metaKey || event.altKey,
        isCommand: (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey,
        isTyping: isTyping(event.target),
        at: event.timeStamp,
      }
      const result = stepShortcut(state, stroke, singleKeysChoice.get() === 'on')
      state = result.state
      if (result.command === undefined) return
      event.preventDefault()
      latest.current(result.command)
    }
    // Before the lists: the letter after `g` is not theirs.
    document.addEventListener('keydown', onKey, { capture: true })
    return () => document.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
