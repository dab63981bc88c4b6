import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ServerError } from '../server-error.ts'
import { Config } from './config.ts'
import { type LocatedConfig, readLocatedConfig } from './read-config.ts'
import { type Environment, resolveSecret } from './secret.ts'

/** What the command line was given, as typed. */
export interface Flags {
  readonly config?: string | undefined
  readonly state?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly database?: string | undefined
}

/** One setting, its value and who decided it. */
export interface SettingRow {
  readonly key: string
  /** A value that came from a secret's place is shown as `[secret]`. */
  readonly value: string
  readonly origin: string
}

/** Everything that a server needs to know before it starts. */
export interface Settings {
  /** Undefined: there is no file, and the server is the demo. */
  readonly configPath: string | undefined
  readonly config: Config
  readonly stateDir: string
  readonly host: string
  readonly port: number
  readonly url: string | undefined
  /** A file path or a postgres:// URL. */
  readonly database: string
  readonly witnesses: readonly string[]
  readonly rows: readonly SettingRow[]
}

/**
 * Flag before environment before merlon.yaml before default, each with its origin.
 * @throws ServerError CONFIG_MISSING, CONFIG_UNREADABLE, CONFIG_INVALID, SECRET_MISSING
 */
export async function resolveSettings(given: {
  readonly cwd: string
  readonly flags: Flags
  readonly env: Environment
}): Promise<Settings> {
  const { cwd, flags, env } = given
  const configPath = findConfig(cwd, flags.config ?? env.MERLON_CONFIG)
  const file: LocatedConfig =
    configPath === undefined
      ? { config: Config.parse({ version: 1, project: 'demo' }), lineOf: () => undefined }
      : await readLocatedConfig(configPath)
  const { config, lineOf } = file
  const base = configPath === undefined ? cwd : dirname(configPath)
  const name = configPath === undefined ? 'default' : 'merlon.yaml'

  const rows: SettingRow[] = []
  const origin = (path: readonly string[]) => {
    const line = lineOf(path)
    return line === undefined ? 'default' : `${name}:${line}`
  }
  const choose = (key: keyof Flags, path: readonly string[], otherwise: string): string => {
    const variable = `MERLON_${key.toUpperCase()}`
    const [value, from] = firstGiven(
      [flags[key], `flag --${key}`],
      [env[variable], `environment ${variable}`],
      [otherwise, origin(path)],
    )
    rows.push({ key: path.join('.'), value, origin: from })
    return value
  }

  rows.push({ key: 'config', value: configPath ?? '-', origin: configOrigin(given, configPath) })
  const stateDir = resolve(cwd, choose('state', ['state'], join(base, '.merlon')))
  rows.push({ key: 'project', value: config.project, origin: origin(['project']) })
  const host = choose('host', ['listen', 'host'], config.listen.host)
  const typed = choose('port', ['listen', 'port'], String(config.listen.port))
  const port = parsePort(typed, rows.at(-1)?.origin ?? '')
  const written = config.database
  const reference = typeof written === 'object'
  const asked = choose(
    'database',
    ['database'],
    reference ? '[secret]' : (written ?? join(stateDir, 'merlon.db')),
  )
  const secret = reference && asked === '[secret]'
  const database = absoluteDatabase(secret ? await resolveSecret(written, env, base) : asked, base)
  maskPassword(rows)
  const witnesses = config.audit.witness ?? [join(stateDir, 'witness')]
  rows.push(
    { key: 'listen.url', value: config.listen.url ?? '-', origin: origin(['listen', 'url']) },
    { key: 'audit.witness', value: witnesses.join(', '), origin: origin(['audit', 'witness']) },
    {
      key: 'audit.strict',
      value: String(config.audit.strict),
      origin: origin(['audit', 'strict']),
    },
    ...namedRows(config, origin),
  )
  return {
    configPath,
    config,
    stateDir,
    host,
    port,
    url: config.listen.url,
    database,
    witnesses,
    rows,
  }
}

function findConfig(cwd: string, asked: string | undefined): string | undefined {
  if (asked !== undefined && asked !== '') return resolve(cwd, asked)
  const beside = join(cwd, 'merlon.yaml')
  return existsSync(beside) ? beside : undefined
}

function configOrigin(
  { flags, env }: { readonly flags: Flags; readonly env: Environment },
  configPath: string | undefined,
): string {
  if (configPath === undefined) return 'default'
  if (flags.config !== undefined) return 'flag --config'
  return env.MERLON_CONFIG ? 'environment MERLON_CONFIG' : 'working directory'
}

type Given = readonly [value: string | undefined, from: string]

/** The first of flag, environment and the rest that is there; an empty one counts as absent. */
function firstGiven(
  flag: Given,
  variable: Given,
  rest: readonly [string, string],
): [string, string] {
  for (const [value, from] of [flag, variable]) {
    if (value !== undefined && value !== '') return [value, from]
  }
  return [...rest]
}

function parsePort(text: string, origin: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port
  const message = `${JSON.stringify(text)} (${origin}) is no port: give a number from 0 to 65535`
  throw new ServerError('CONFIG_INVALID', message)
}

function absoluteDatabase(value: string, base: string): string {
  return /^postgres(ql)?:\/\//.test(value) ? value : resolve(base, value)
}

/** A URL can hold a password, wherever it came from. */
function maskPassword(rows: SettingRow[]): void {
  const index = rows.findIndex(({ key }) => key === 'database')
  const row = rows[index]
  if (row === undefined) return
  rows[index] = { ...row, value: row.value.replace(/:\/\/([^/@:]*):[^@]*@/, '://$1:[secret]@') }
}

function namedRows(config: Config, origin: (path: readonly string[]) => string): SettingRow[] {
  const row = (path: readonly string[], value: string): SettingRow => {
    return { key: path.join('.'), value, origin: origin(path) }
  }
  return [
    ...Object.entries(config.models).map(([name, { path }]) => row(['models', name], path)),
    ...Object.entries(config.endpoints).map(([name, { url }]) =>
      row(['endpoints', name], url.replace(/\?.*$/, '?[secret]')),
    ),
    ...Object.entries(config.datasets).map(([name, { path }]) => row(['datasets', name], path)),
    ...Object.entries(config.routes).map(([name, { model, auth }]) =>
      row(['routes', name], `model ${model}, roles ${auth.roles.join(' ')}`),
    ),
  ]
}
