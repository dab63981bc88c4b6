import { describe, expect, test } from 'vitest'
import { type ShellCommand, type Stroke, stepShortcut } from './shortcuts.ts'

const plain: Stroke = { key: '', hasModifier: false, isCommand: false, isTyping: false, at: 0 }

/** The commands that a series of keys gives, one per 100 ms unless told otherwise. */
function type(keys: string, change: Partial<Stroke> = {}, gapMs = 100, singleKeys = true) {
  const commands: ShellCommand[] = []
  let state = { leaderAt: null as number | null }
  for (const [i, key] of [...keys].entries()) {
    const result = stepShortcut(state, { ...plain, key, at: i * gapMs, ...change }, singleKeys)
    state = { leaderAt: result.state.leaderAt }
    if (result.command !== undefined) commands.push(result.command)
  }
  return commands
}

describe('shortcuts', () => {
  test('g and a letter jump', () => {
    expect(type('gm')).toEqual([{ kind: 'jump', to: '/models' }])
    expect(type('gg')).toEqual([{ kind: 'jump', to: '/gateway' }])
  })

  test('a letter that means nothing ends the chord', () => {
    expect(type('gxm')).toEqual([])
    expect(type('gc')).toEqual([])
  })

  test('a slow second letter is not a chord', () => {
    expect(type('gm', {}, 2000)).toEqual([])
  })

  test('letters in a text field are text, but the palette opens from anywhere', () => {
    expect(type('gm/?', { isTyping: true })).toEqual([])
    expect(type('k', { isTyping: true, isCommand: true, hasModifier: true })).toEqual([
      { kind: 'palette' },
    ])
  })

  test('modifiers and the switch turn single keys off, and the palette stays', () => {
    expect(type('?/', { hasModifier: true })).toEqual([])
    expect(type('gm?/', {}, 100, false)).toEqual([])
    expect(type('k', { isCommand: true, hasModifier: true }, 100, false)).toHaveLength(1)
  })
})
