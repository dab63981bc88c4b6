import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from './config/settings.ts'
import { ServerError } from './server-error.ts'

/**
 * Listens, and gives the port that it has got.
 * @throws ServerError ADDRESS_IN_USE
 */
export function bind(server: Server, { host, port }: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const isTaken = 'code' in cause && cause.code === 'EADDRINUSE'
      const message = isTaken
        ? `port ${port} is in use; name another with --port or MERLON_PORT (0 takes a free one)`
        : `${host}:${port} cannot be listened on (${'code' in cause ? cause.code : cause.message}); name an address of this machine with --host or MERLON_HOST, and a port that you may use`
      reject(new ServerError('ADDRESS_IN_USE', message, { cause }))
    })
    server.listen(port, host, () => {
      // A TCP server's address is of this form.
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** The part of a URL that names the host; an address that stands for all is reached by loopback. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
