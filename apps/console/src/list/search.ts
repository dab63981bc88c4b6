const charsMax = 200

/** The address bar's part after `?`, as names and texts. A name that comes twice counts once. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

/** The opposite of `parseSearch`; what is absent or empty is left out. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') parameters.set(name, value)
  }
  return parameters.size === 0 ? '' : `?${parameters}`
}

/** Keeps the parameters that a page knows; the rest, and what is too long, is dropped. */
export function searchOf<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { [K in Name]?: string } => {
    const kept: { [K in Name]?: string } = {}
    for (const name of names) {
      const value = search[name]
      if (typeof value === 'string' && value !== '' && value.length <= charsMax) kept[name] = value
    }
    return kept
  }
}

/** A path of this console to return to; anything else is the start page, so that a link cannot lead away. */
export function safePath(path: string | undefined): string {
  const isPath = path?.startsWith('/') === true && !path.startsWith('//')
  // A backslash is a slash to a browser; control characters are dropped by it.
  return isPath && !path.includes('\\') && [...path].every((sign) => sign > '\u001f') ? path : '/'
}
