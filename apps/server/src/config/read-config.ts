import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { limits } from '../limits.ts'
import { ServerError } from '../server-error.ts'
import { Columns } from './columns.ts'
import { Config } from './config.ts'
import { type ConfigProblem, locateIssue, locateKey, problemText } from './config-problem.ts'

/** Something is wrong with merlon.yaml; each problem has its line and column. */
export class ConfigError extends ServerError {
  readonly problems: readonly ConfigProblem[]

  constructor(path: string, problems: readonly ConfigProblem[]) {
    super('CONFIG_INVALID', problems.map((problem) => problemText(path, problem)).join('\n'))
    this.problems = problems
  }
}

/** A configuration and where each of its values stands. */
export interface LocatedConfig {
  readonly config: Config
  /** The line of a key, such as `listen.port`; undefined where the file does not hold it. */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined
}

/**
 * Reads merlon.yaml; paths in it come back absolute.
 * @throws ServerError CONFIG_MISSING, CONFIG_UNREADABLE, and ConfigError CONFIG_INVALID
 */
export async function readConfig(path: string): Promise<Config> {
  return (await readLocatedConfig(path)).config
}

/** Like readConfig, and says where each value stands. */
export async function readLocatedConfig(path: string): Promise<LocatedConfig> {
  const hint = 'write one with "merlon init"'
  const text = await readText(path, limits.configBytesMax, hint)
  const { data, document, lines } = readStrictly(path, text, Config)
  return {
    config: absolute(data, dirname(resolve(path))),
    lineOf: (keys) => locateKey(document, lines, keys)?.line,
  }
}

/**
 * Reads a description of columns from a file of its own, YAML or JSON, as strictly as merlon.yaml.
 * @throws ServerError CONFIG_MISSING, CONFIG_UNREADABLE, and ConfigError CONFIG_INVALID
 */
export async function readColumns(path: string): Promise<Columns> {
  const text = await readText(path, limits.columnsBytesMax, 'check the path of --columns')
  return readStrictly(path, text, Columns).data
}

function readStrictly<Schema extends z.ZodType>(path: string, text: string, schema: Schema) {
  const lines = new LineCounter()
  const document = parse(path, text, lines)
  const [broken] = [...document.errors, ...document.warnings]
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0])
    const [message = ''] = broken.message.split(/ at line \d+/)
    throw new ConfigError(path, [{ line, column: col, message: lowerFirst(message) }])
  }
  const parsed = schema.safeParse(contentOf(path, document))
  if (!parsed.success) {
    const form = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })
    const problems = parsed.error.issues.flatMap((issue) =>
      locateIssue(issue, document, lines, form),
    )
    throw new ConfigError(path, problems.slice(0, limits.configProblemsMax))
  }
  return { data: parsed.data, document, lines }
}

async function readText(path: string, bytesMax: number, hint: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > bytesMax) {
      const message = `${path} holds ${size} bytes, more than ${bytesMax}; a configuration is small`
      throw new ServerError('CONFIG_UNREADABLE', message)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (cause) {
    if (cause instanceof ServerError) throw cause
    if (isErrno(cause, 'ENOENT')) {
      const message = `${path} does not exist; ${hint}`
      throw new ServerError('CONFIG_MISSING', message, { cause })
    }
    const why = cause instanceof TypeError ? 'is not UTF-8 text' : 'cannot be read'
    throw new ServerError('CONFIG_UNREADABLE', `${path} ${why}`, { cause })
  }
}

function parse(path: string, text: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true })
  } catch (cause) {
    // Thousands of nested brackets overflow the parser's stack.
    throw new ServerError('CONFIG_UNREADABLE', `${path} is nested too deeply`, { cause })
  }
}

function contentOf(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: limits.configAliasesMax }) ?? {}
  } catch (cause) {
    const message = `${path} expands to too much: write the values out instead of using aliases`
    throw new ServerError('CONFIG_UNREADABLE', message, { cause })
  }
}

function absolute(config: Config, base: string): Config {
  const at = <T extends { readonly path: string }>(entries: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [
        name,
        { ...entry, path: resolve(base, entry.path) },
      ]),
    )
  const witness = config.audit.witness?.map((folder) => resolve(base, folder))
  return {
    ...config,
    models: at(config.models),
    datasets: at(config.datasets),
    audit: witness === undefined ? config.audit : { ...config.audit, witness },
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

function isErrno(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
