import { version } from '@merlon/core'
import { z } from 'zod'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { Problem } from './words.ts'

/** A JSON value of the document: plain data, ready to be served. */
export type OpenApiDocument = Readonly<Record<string, unknown>>

/** The route table as an OpenAPI 3.1 document. */
export function openApiDocument(): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries<Route>(routes)) {
    const { method, path } = splitRouteName(name)
    const template = path.replace(/:(\w+)/g, '{$1}')
    paths[template] ??= {}
    paths[template][method.toLowerCase()] = operation(method, path, route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Merlon control API',
      version,
      description:
        'Sessions are cookies. A changing request also carries the CSRF token of the session.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'merlon_session' },
        csrf: { type: 'apiKey', in: 'header', name: 'x-merlon-csrf' },
      },
    },
  }
}

/** `GET /api/v1/keys/:id` in its two parts. */
export function splitRouteName(name: string): { readonly method: string; readonly path: string } {
  const space = name.indexOf(' ')
  return { method: name.slice(0, space), path: name.slice(space + 1) }
}

function operation(method: string, path: string, route: Route): Record<string, unknown> {
  const changes = method !== 'GET'
  const parameters = [...pathParameters(path), ...queryParameters(route.query)]
  return {
    operationId: operationId(method, path),
    summary: route.summary,
    security: route.access === 'public' ? [] : [{ session: [], ...(changes ? { csrf: [] } : {}) }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: {
      200: {
        description: 'The answer',
        content: {
          [route.media ?? 'application/json']: { schema: schemaOf(route.reply, 'output') },
        },
      },
      default: {
        description: 'Any error',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

function operationId(method: string, path: string): string {
  const words = path.replace('/api/v1/', '').split(/[^A-Za-z0-9]+/)
  return [method.toLowerCase(), ...words].join('-').replace(/-$/, '')
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: z.ZodObject | undefined): unknown[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, unknown>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as Record<string, unknown>
  return rest
}
