let captured: string | undefined

/**
 * Keeps the token after `#token=` and takes it out of the address bar and of the history, so that it
 * stays neither on the screen nor in a copied link. A fragment never reaches a server by itself.
 */
export function captureFragmentToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  history.replaceState(history.state, '', location.pathname + location.search)
  if (token !== '') captured = token
}

/** The captured token, once. */
export function takeFragmentToken(): string | undefined {
  const token = captured
  captured = undefined
  return token
}
