import { useSyncExternalStore } from 'react'

/** A choice of the user that outlives the page. */
export interface StoredChoice<T extends string> {
  readonly get: () => T
  readonly set: (value: T) => void
  readonly subscribe: (listener: () => void) => () => void
}

/** A choice under `merlon.<name>` in localStorage; the first option where storage is blocked or empty. */
export function storedChoice<T extends string>(
  name: string,
  options: readonly [T, ...T[]],
): StoredChoice<T> {
  const listeners = new Set<() => void>()
  let value = read(`merlon.${name}`, options)
  return {
    get: () => value,
    set: (next) => {
      value = next
      write(`merlon.${name}`, next)
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The choice as it stands, and redrawn when it changes. */
export function useChoice<T extends string>(choice: StoredChoice<T>): T {
  return useSyncExternalStore(choice.subscribe, choice.get)
}

/** Light and dark follow the system unless told otherwise. `public/theme.js` reads it before the first paint. */
export const themeChoice = storedChoice('theme', ['system', 'light', 'dark'])

/** Shortcuts of one key can be turned off: they fight with speech input (WCAG 2.1.4). */
export const singleKeysChoice = storedChoice('single-keys', ['on', 'off'])

/** Puts the theme on the document, now and whenever it changes. */
export function followTheme(root: HTMLElement): void {
  const apply = () => {
    const theme = themeChoice.get()
    if (theme === 'system') delete root.dataset.theme
    else root.dataset.theme = theme
  }
  themeChoice.subscribe(apply)
  apply()
}

function read<T extends string>(key: string, options: readonly [T, ...T[]]): T {
  try {
    const stored = localStorage.getItem(key)
    return options.find((option) => option === stored) ?? options[0]
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
    return options[0]
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // As above.
  }
}
