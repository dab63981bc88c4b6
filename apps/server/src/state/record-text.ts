import { type LoggedRecord, numberOf, textOf } from './logged-record.ts'

type Entry = LoggedRecord['entry']
type Sentence = (entry: Entry) => string

const word = (entry: Entry, name: string) => textOf(entry, name) ?? '?'
const by = (entry: Entry) => (textOf(entry, 'by') === undefined ? '' : ` by ${word(entry, 'by')}`)
const percent = (value: number | undefined) =>
  value === undefined ? '?' : `${(100 * value).toFixed(1)} %`

/** One line for each kind of record; `kind/action` before `kind`. */
const sentences: Readonly<Record<string, Sentence>> = {
  'key/created': (e) => `API key ${word(e, 'name')} (${word(e, 'prefix')}...) created${by(e)}`,
  'key/revoked': (e) => `API key ${word(e, 'name')} revoked${by(e)}`,
  'model/registered': (e) => `model ${word(e, 'name')} registered, ${shortDigest(e)}`,
  'model/trained': (e) =>
    `model ${word(e, 'name')} trained on ${numberOf(e, 'samples') ?? '?'} samples, ${percent(numberOf(e, 'accuracy'))} right on held-out ones`,
  'policy/routes': (e) => routesText(e),
  'assessment/started': (e) => `assessment of ${word(e, 'model')} started${by(e)}`,
  'assessment/finished': (e) => `assessment finished: ${word(e, 'verdict')}`,
  'assessment/failed': (e) => `assessment failed: ${word(e, 'code')}`,
  'assessment/interrupted': () => 'assessment interrupted',
  'session/opened': (e) => `${word(e, 'user')} logged in`,
  'session/closed': (e) => `${word(e, 'user')} logged out`,
  'server/started': (e) => `server ${word(e, 'version')} started`,
  'server/stopped': () => 'server stopped',
  decision: (e) =>
    `${word(e, 'verdict')} ${numberOf(e, 'status') ?? '?'} ${word(e, 'code')}: ${word(e, 'method')} ${word(e, 'path')}`,
}

/** A record as one line. Parts of it may be hostile text. */
export function recordText({ entry }: LoggedRecord): string {
  const kind = textOf(entry, 'kind') ?? 'unknown'
  const action = textOf(entry, 'action')
  const sentence = sentences[`${kind}/${action}`] ?? sentences[kind]
  return sentence?.(entry) ?? [kind, action].filter((part) => part !== undefined).join(' ')
}

/** When a record was made. */
export function recordTime({ entry }: LoggedRecord): number {
  return Math.max(0, Math.floor(numberOf(entry, 'at') ?? 0))
}

export interface Happening {
  readonly at: number
  readonly kind: string
  readonly text: string
  readonly auditIndex: number
}

/** A record as a line of a timeline. */
export function happeningOf(record: LoggedRecord): Happening {
  return {
    at: recordTime(record),
    kind: textOf(record.entry, 'kind') ?? 'unknown',
    text: recordText(record),
    auditIndex: record.index,
  }
}

/** What happened to a model, oldest first: an assessment's end names its start, the start names the model. */
export function lifeOf(records: readonly LoggedRecord[], model: string): Happening[] {
  const assessments = new Set<string>()
  const life: Happening[] = []
  for (const record of records) {
    const { entry } = record
    const id = textOf(entry, 'id') ?? ''
    const isStart = entry.kind === 'assessment' && textOf(entry, 'model') === model
    if (isStart) assessments.add(id)
    const isOwn =
      (entry.kind === 'model' && textOf(entry, 'name') === model) ||
      routesIn(entry).some((route) => route.model === model)
    if (isOwn || (entry.kind === 'assessment' && assessments.has(id)))
      life.push(happeningOf(record))
  }
  return life
}

/** The newest record about an assessment. */
export function assessmentRecord(
  records: readonly LoggedRecord[],
  id: string,
): LoggedRecord | undefined {
  return records.findLast(({ entry }) => entry.kind === 'assessment' && entry.id === id)
}

function routesText(entry: Entry): string {
  const routes = routesIn(entry).map(({ route, model }) => `${route} serves ${model}`)
  return routes.length === 0 ? 'no route is served' : routes.join(', ')
}

function routesIn({
  routes,
}: Entry): readonly { readonly route: string; readonly model: string }[] {
  if (!Array.isArray(routes)) return []
  return routes.flatMap((one) => {
    const isRoute = typeof one === 'object' && one !== null && 'route' in one && 'model' in one
    return isRoute ? [{ route: String(one.route), model: String(one.model) }] : []
  })
}

function shortDigest(entry: Entry): string {
  return `sha256 ${word(entry, 'sha256').slice(0, 12)}`
}
