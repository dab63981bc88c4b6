import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseConstraints } from '@merlon/attacks'
import { tensor } from '@merlon/tensor'

/** The cells of a CSV file without a header. */
export function readCells(path) {
  return gunzipSync(readFileSync(path))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()))
}

/**
 * A table as numbers: `columns` lists plain ones ({name, at, ...}), categorical ones ({name, at, categories, ...}) and computed ones
 * ({name, computed: (record) => number, ...}); what else stands there goes into the constraints as it is.
 */
export function encode(cells, columns, labelOf, rules) {
  const records = cells.map((line) =>
    Object.fromEntries(
      columns
        .filter(({ at }) => at !== undefined)
        .map(({ name, at, categories }) => [name, categories ? line[at] : Number(line[at])]),
    ),
  )
  const layout = columns.flatMap(({ name, categories }) =>
    categories ? categories.map((category) => ({ name, category })) : [{ name }],
  )
  const data = Float32Array.from(
    records.flatMap((record) =>
      columns.flatMap(({ name, categories, computed }) => {
        if (categories) return categories.map((category) => Number(record[name] === category))
        return [computed ? computed(record) : record[name]]
      }),
    ),
  )
  return {
    inputs: tensor([records.length, layout.length], data),
    labels: Int32Array.from(cells, labelOf),
    layout,
    constraints: parseConstraints(describe(columns, rules)),
  }
}

function describe(columns, rules) {
  const groups = columns.filter(({ categories }) => categories)
  return {
    columns: columns.flatMap(({ name, categories, range, step, change, scale }) => {
      const more = Object.entries({ step, change, scale }).filter(
        ([, value]) => value !== undefined,
      )
      const rest = Object.fromEntries(more)
      if (!categories) return [{ name, range, ...rest }]
      return categories.map((category) => ({
        name: `${name}: ${category}`,
        range: [0, 1],
        ...(change === undefined ? {} : { change }),
      }))
    }),
    oneHot: groups.map(({ name, categories }) =>
      categories.map((category) => `${name}: ${category}`),
    ),
    rules,
  }
}

/** A row back as a record: plain values, and of each categorical column the category that is 1; undefined if there is not one. */
export function decode(row, layout) {
  const record = {}
  const ones = {}
  for (const [k, { name, category }] of layout.entries()) {
    if (category === undefined) record[name] = row[k]
    else {
      record[name] ??= undefined
      if (row[k] === 1) {
        ones[name] = (ones[name] ?? 0) + 1
        record[name] = ones[name] === 1 ? category : undefined
      } else if (row[k] !== 0) ones[name] = 2
      if (ones[name] > 1) record[name] = undefined
    }
  }
  return record
}
