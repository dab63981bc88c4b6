/**
 * The names by which the control plane may be asked. A page of another site can make a browser resolve
 * its own name to this machine (DNS rebinding); the Host header then holds that name, and is refused.
 */
export function allowedHostNames(host: string, url: string | undefined): ReadonlySet<string> {
  const names = new Set(['localhost', '127.0.0.1', '[::1]'])
  // An address that stands for all addresses is no name.
  if (host !== '0.0.0.0' && host !== '::') names.add(host.includes(':') ? `[${host}]` : host)
  if (url !== undefined) names.add(new URL(url).hostname)
  return names
}

/** True if the Host header names this server. */
export function isAllowedHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(:\d{1,5})?$/i.exec(header ?? '')
  return match?.[1] !== undefined && names.has(match[1].toLowerCase())
}

/**
 * True if a browser says that the request comes from the console itself. Scripts that are no browser
 * send neither header; for them the session cookie and the CSRF header stand alone.
 */
export function isSameOrigin(request: {
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
  readonly host: string | undefined
  /** Where the console is opened when something in front of the server ends TLS. */
  readonly publicUrl: string | undefined
}): boolean {
  const { origin, fetchSite, host, publicUrl } = request
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return false
  if (origin === undefined) return true
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return true
  const match = /^https?:\/\/(.+)$/.exec(origin)
  return match?.[1] !== undefined && match[1].toLowerCase() === host?.toLowerCase()
}
