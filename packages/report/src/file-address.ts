/** A path as a URI reference: absolute paths as `file:`, relative ones relative, all else percent-encoded. */
export function fileAddress(path: string): string {
  const parts = path.toWellFormed().replaceAll('\\', '/').split('/')
  const encoded = parts.map(encodeURIComponent).join('/')
  if (encoded.startsWith('/')) return `file://${encoded.replace(/^\/+/, '/')}`
  if (/^[A-Za-z]%3A(\/|$)/.test(encoded)) return `file:///${encoded.replace('%3A', ':')}`
  return encoded
}
