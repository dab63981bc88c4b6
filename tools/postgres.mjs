/** Starts a PostgreSQL server of its own for a test run: in a temporary folder, on loopback, thrown away after. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * @typedef {object} PostgresServer
 * @property {string} url A superuser's address of an empty database.
 * @property {() => Promise<void>} stop Stops the server and deletes its files.
 */

/**
 * Starts the newest PostgreSQL that is installed. The server refuses to run as root, so that root
 * hands the folder and the process to `postgres` or `nobody`.
 * @returns {Promise<PostgresServer>}
 * @throws {Error} if no PostgreSQL is installed or it does not start
 */
export async function startPostgres() {
  const bin = findPostgres()
  if (bin === undefined) throw new Error('no PostgreSQL is installed: there is no initdb')
  const user = serverUser()
  const folder = await mkdtemp(join(tmpdir(), 'merlon-postgres-'))
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user !== undefined) {
    await chown(folder, user.uid, user.gid)
    await chown(passwordFile, user.uid, user.gid)
  }
  await chmod(folder, 0o700)
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid }
  const options = { ...identity, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const data = join(folder, 'data')
  try {
    const how = ['--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-sync']
    const who = ['--username=merlon', `--pwfile=${passwordFile}`]
    await run(join(bin, 'initdb'), ['-D', data, ...how, ...who], options)
    const port = await freePort()
    // fsync stays off: a test server has nothing to lose.
    const settings = ['-F', '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`]
    const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', `${port}`, ...settings], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await ready(server)
    const killed = () => server.kill('SIGINT')
    process.once('exit', killed)
    return {
      url: `postgres://merlon:${password}@127.0.0.1:${port}/postgres`,
      stop: async () => {
        process.off('exit', killed)
        await stopped(server)
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * The folder of the newest PostgreSQL's programs.
 * @returns {string | undefined}
 */
export function findPostgres() {
  const root = '/usr/lib/postgresql'
  const packaged = existsSync(root)
    ? readdirSync(root)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(root, version, 'bin'))
    : []
  const onPath = (process.env.PATH ?? '').split(delimiter)
  return [...packaged, ...onPath].find((folder) => existsSync(join(folder, 'initdb')))
}

/**
 * Whom root hands the server to; `undefined` for a normal user.
 * @returns {{ uid: number, gid: number } | undefined}
 */
function serverUser() {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (/** @type {string} */ flag) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('PostgreSQL refuses root, and neither the user postgres nor nobody exists')
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/**
 * Waits for the server's own words that it takes connections.
 * @param {import('node:child_process').ChildProcess} server
 * @returns {Promise<void>}
 */
function ready(server) {
  return new Promise((resolve, reject) => {
    let log = ''
    const late = setTimeout(() => fail('did not start within 30 s'), 30_000)
    const fail = (/** @type {string} */ why) => {
      clearTimeout(late)
      server.kill('SIGKILL')
      reject(new Error(`PostgreSQL ${why}\n${log}`))
    }
    const onExit = (/** @type {number | null} */ code) => fail(`ended with ${code}`)
    const onLog = (/** @type {Buffer} */ bytes) => {
      if (log.length < 10_000) log += bytes
      if (!log.includes('database system is ready to accept connections')) return
      clearTimeout(late)
      server.off('exit', onExit)
      // The log is still read, so that the server never waits for its reader; nothing here keeps
      // this process alive.
      server.stderr?.off('data', onLog).resume()
      server.unref()
      unrefPipe(server.stderr)
      resolve()
    }
    server.once('error', (error) => fail(error.message))
    server.once('exit', onExit)
    server.stderr?.on('data', onLog)
  })
}

/**
 * @param {import('node:child_process').ChildProcess} server
 * @returns {Promise<void>}
 */
function stopped(server) {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    // Until it has ended, this process waits for it.
    server.ref()
    server.once('exit', () => resolve())
    // Fast shutdown: ends sessions instead of waiting for them.
    server.kill('SIGINT')
  })
}

/**
 * A child's pipe is a socket, which the types do not say.
 * @param {unknown} pipe
 */
function unrefPipe(pipe) {
  if (pipe instanceof Socket) pipe.unref()
}
