/** One value of a JSON Schema, flattened: `limits.burst`, `[].name`, `NAME.path`. */
export interface SchemaRow {
  readonly path: string
  readonly type: string
  readonly needed: boolean
  readonly standard: string
  readonly meaning: string
}

interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly default?: unknown
  readonly description?: string
}

/** Each leaf of a schema, in its order. `name` stands for the keys of a map. */
export function schemaRows(schema: object, name = 'NAME'): SchemaRow[] {
  // A JSON Schema made by zod: an object of this shape.
  return rowsOf(schema as Schema, '', true, name)
}

/** Rows as a Markdown table. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

function rowsOf(schema: Schema, path: string, needed: boolean, name: string): SchemaRow[] {
  const { properties, additionalProperties, items, anyOf } = schema
  const branch = anyOf?.find((one) => one.properties !== undefined && anyOf.length === 2)
  if (branch !== undefined && anyOf?.some(({ type }) => type === 'null')) {
    return [row(schema, path, needed), ...rowsOf(branch, path, needed, name)]
  }
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([key, value]) => {
      const isNeeded = schema.required?.includes(key) ?? false
      return rowsOf(value, path === '' ? key : `${path}.${key}`, isNeeded, name)
    })
  }
  if (typeof additionalProperties === 'object' && hasParts(additionalProperties)) {
    return rowsOf(additionalProperties, `${path}.${name}`, true, name)
  }
  if (items !== undefined && hasParts(items)) return rowsOf(items, `${path}[]`, true, name)
  return [row(schema, path, needed)]
}

function hasParts({ properties, items, anyOf }: Schema): boolean {
  return properties !== undefined || (items !== undefined && hasParts(items)) || anyOf !== undefined
}

function row(schema: Schema, path: string, needed: boolean): SchemaRow {
  const { default: standard, description = '' } = schema
  return {
    path,
    type: typeText(schema),
    needed: needed && standard === undefined,
    standard: standard === undefined ? '' : JSON.stringify(standard),
    meaning: description,
  }
}

function typeText(schema: Schema): string {
  const { type, anyOf, items, prefixItems, additionalProperties } = schema
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' or ')
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeText))].join(' or ')
  if (prefixItems !== undefined) return `[${prefixItems.map(typeText).join(', ')}]`
  if (items !== undefined) return `list of ${typeText(items)}`
  if (type === 'object' && schema.properties !== undefined) {
    const keys = Object.keys(schema.properties)
    return keys.length > 2 ? 'object' : `{ ${keys.join(', ')} }`
  }
  if (type === 'object' && typeof additionalProperties === 'object') {
    const value = typeText(additionalProperties)
    return value === 'any' ? 'object' : `map to ${value}`
  }
  return `${type ?? 'any'}${boundsText(schema)}`
}

function boundsText({ minimum, exclusiveMinimum, maximum, maxLength }: Schema): string {
  const low = exclusiveMinimum === undefined ? minimum : exclusiveMinimum
  const isOpen = exclusiveMinimum !== undefined
  const unbounded = Number.MAX_SAFE_INTEGER
  const parts = [
    low === undefined || low === -unbounded ? '' : `${isOpen ? 'above' : 'from'} ${low}`,
    maximum === undefined || maximum === unbounded ? '' : `to ${maximum}`,
    maxLength === undefined ? '' : `up to ${maxLength} characters`,
  ].filter(Boolean)
  return parts.length === 0 ? '' : `, ${parts.join(' ')}`
}
