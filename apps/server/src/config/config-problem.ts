import { type Document, isMap, isNode, isPair, isScalar, type LineCounter } from 'yaml'
import type { z } from 'zod'
import { closest } from './closest.ts'
import { configJsonSchema } from './config.ts'

/** One thing wrong in merlon.yaml, and where. */
export interface ConfigProblem {
  readonly line: number
  readonly column: number
  readonly message: string
}

interface Position {
  readonly line: number
  readonly column: number
}
type Path = readonly PropertyKey[]

/** The problem as one line, in the form that editors make a link of. */
export function problemText(path: string, { line, column, message }: ConfigProblem): string {
  return `${path}:${line}:${column}: ${message}`
}

/** Where an issue of the schema stands in the file, said for the person who wrote the file. */
export function locateIssue(
  issue: z.core.$ZodIssue,
  document: Document,
  lines: LineCounter,
  schema: object = configJsonSchema(),
): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path, schema)
    return issue.keys.map((key) => ({
      ...nearest(document, lines, [...issue.path, key], 'key'),
      message: `unknown key ${JSON.stringify(key)}${suggestion(key, known)}`,
    }))
  }
  const at = nearest(document, lines, issue.path, 'value')
  const where = issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.')
  return [{ ...at, message: `${where}: ${explain(issue)}` }]
}

/** Where a key stands, or undefined if the file does not hold it. */
export function locateKey(
  document: Document,
  lines: LineCounter,
  path: Path,
): Position | undefined {
  return position(document, lines, path, 'key')
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' && Array.isArray(issue.params?.known)) {
    const known = issue.params.known.map(String)
    return `${issue.message}${suggestion(String(issue.params.word), known)}`
  }
  // A record's key is judged by a schema of its own, whose issue is the one that helps.
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  return issue.message.slice(0, 1).toLowerCase() + issue.message.slice(1)
}

function suggestion(word: string, known: readonly string[]): string {
  const guess = closest(word, known)
  if (guess !== undefined) return `, did you mean ${JSON.stringify(guess)}?`
  return known.length === 0 ? '' : ` (known: ${known.join(', ')})`
}

/** The keys that the schema knows at a path. */
function knownKeys(path: Path, root: object): string[] {
  // A JSON Schema made by zod: an object of this shape.
  let schema = root as JsonSchema
  for (const key of path) {
    const next = schema.properties?.[String(key)] ?? schema.additionalProperties ?? schema.items
    if (typeof next !== 'object') return []
    schema = next
  }
  return Object.keys(schema.properties ?? {})
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
}

/** The position of a path, or of the deepest part of it that the file holds. */
function nearest(
  document: Document,
  lines: LineCounter,
  path: Path,
  of: 'key' | 'value',
): Position {
  for (let length = path.length; length > 0; length--) {
    const found = position(
      document,
      lines,
      path.slice(0, length),
      length < path.length ? 'key' : of,
    )
    if (found !== undefined) return found
  }
  return { line: 1, column: 1 }
}

function position(
  document: Document,
  lines: LineCounter,
  path: Path,
  of: 'key' | 'value',
): Position | undefined {
  const last = path.at(-1)
  const parent = document.getIn(path.slice(0, -1), true)
  const pair = isMap(parent)
    ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last)
    : undefined
  const node = of === 'key' && pair !== undefined ? pair.key : document.getIn(path, true)
  if (!isNode(node) || !node.range) return undefined
  const { line, col } = lines.linePos(node.range[0])
  return { line, column: col }
}
