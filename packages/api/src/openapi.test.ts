import { describe, expect, test } from 'vitest'
import { openApiDocument } from './openapi.ts'
import { routes } from './routes.ts'

interface Operation {
  readonly operationId: string
  readonly security: readonly object[]
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[]
  readonly requestBody?: { content: Record<string, { schema: object }> }
  readonly responses: Record<string, { content: Record<string, { schema: object }> }>
}
const document = openApiDocument() as { paths: Record<string, Record<string, Operation>> }
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

describe('the OpenAPI document', () => {
  test('holds each route of the table once, and nothing else', () => {
    const named = operations.map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
    )
    expect(named.sort()).toEqual(Object.keys(routes).sort())
  })

  test('gives each operation an identifier of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('declares every path parameter that the path holds', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path')
      expect(declared.map((one) => one.name)).toEqual(inPath)
    }
  })

  test('asks for the CSRF header exactly on changing requests of a session', () => {
    for (const { method, operation } of operations) {
      const [first] = operation.security
      if (first !== undefined) expect('csrf' in first).toBe(method !== 'get')
    }
  })

  test('tells the types and bounds of query parameters as they are typed in a URL', () => {
    const query = document.paths['/api/v1/decisions']?.get?.parameters ?? []
    const limit = query.find((one) => one.name === 'limit')
    expect(limit).toMatchObject({ required: false, schema: { type: 'integer', maximum: 500 } })
  })

  test('survives JSON unchanged, so that what is served is what was made', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })
})
