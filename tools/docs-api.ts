import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Route, routes, splitRouteName } from '@merlon/api'
import { z } from 'zod'
import { markdownTable, schemaRows } from './schema-rows.ts'

export const apiPage = fileURLToPath(new URL('../docs/reference/http-api.md', import.meta.url))

/** docs/reference/http-api.md, made from the route table. */
export function apiReference(): string {
  const entries = Object.entries<Route>(routes)
  const rows = entries.map(([name, { summary, access }]) => [
    `[\`${name}\`](#${anchor(name)})`,
    summary,
    access,
  ])
  return `${[
    '# Control API',
    'Made from the route table by `npx tsx tools/docs-api.ts` after `npm run build`; do not edit. The same table gives the server its routes, the console its client, and `GET /api/v1/openapi.json`. The data plane is another protocol: see [gateway](gateway.md).',
    '## Sessions',
    'A route whose access is `session` needs the cookie that `POST /api/v1/session` sets. A request that changes something also carries the header `x-merlon-csrf` with the `csrfToken` of `GET /api/v1/session`, and must not come from another origin. A session ends after 30 minutes without use and after 12 hours in any case.',
    'An error is `{ code, message, requestId }` with a status from 400 on; `merlon explain CODE` says more. Bodies and queries are strict: an unknown member is an error. Times are milliseconds since 1970-01-01 UTC.',
    '## Routes',
    markdownTable(['route', 'what it does', 'access'], rows),
    ...entries.map(([name, route]) => section(name, route)),
  ].join('\n\n')}\n`
}

function section(name: string, { summary, access, query, body, reply, media }: Route): string {
  const { path } = splitRouteName(name)
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => `\`${parameter}\``)
  return [
    `### ${name}`,
    `${summary.replace(/[^?]$/, '$&.')} Access: ${access}.${parameters.length === 0 ? '' : ` Path: ${parameters.join(', ')}.`}`,
    ...(query === undefined ? [] : ['Query:', table(query, 'input')]),
    ...(body === undefined ? [] : ['Body:', table(body, 'input')]),
    ...replyText(reply, media),
  ].join('\n\n')
}

function replyText(reply: z.ZodType, media: Route['media']): string[] {
  if (media === 'text/html') return ['Answers an HTML page.']
  if (media === undefined) return ['Answers:', table(reply, 'output')]
  return ['Answers server-sent events, each with this as its data:', table(reply, 'output')]
}

function table(schema: z.ZodType, io: 'input' | 'output'): string {
  const rows = schemaRows(z.toJSONSchema(schema, { io }))
  if (rows.length === 1 && rows[0]?.path === '') return 'A JSON object.'
  const heads = io === 'input' ? ['member', 'value', 'default'] : ['member', 'value']
  return markdownTable(
    heads,
    rows.map(({ path, type, needed, standard }) => {
      const usual = needed ? 'needed' : standard
      return [`\`${path}\``, type, ...(io === 'input' ? [usual] : [])]
    }),
  )
}

/** As code hosts make it from a heading. */
function anchor(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(apiPage, apiReference())
