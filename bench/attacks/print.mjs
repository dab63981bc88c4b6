/** The report as a table in Markdown, so that it can be laid beside another tool's. */
export function printReport({ rows, seed, loadBefore, loadAfter }) {
  const lines = [
    [
      'model',
      'attack',
      'ball',
      'n',
      'robust [95 %]',
      'noise',
      'median [95 %]',
      'queries',
      'CPU s',
      'peers',
    ],
    Array(10).fill('---'),
    ...rows.flatMap((row) => [lineOf(row), ...row.parts.map((part) => partLine(row, part))]),
  ]
  process.stdout.write(`${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n`)
  for (const { attack, kind, notes } of rows) {
    for (const note of notes) process.stdout.write(`${kind} ${attack}: ${note}\n`)
  }
  const load = (values) => values.map((value) => value.toFixed(1)).join(', ')
  process.stdout.write(`seed ${seed}; load before ${load(loadBefore)}, after ${load(loadAfter)}\n`)
}

function lineOf(row) {
  const { kind, attack, norm, epsilon, samples, parameters, robust, noise, outside } = row
  const options = Object.entries(parameters).map(([key, value]) => `${key} ${round(value)}`)
  const isFree = epsilon === Number.POSITIVE_INFINITY
  return [
    kind,
    [attack, ...options].join(', '),
    isFree ? `${norm}, as near as it gets` : `${norm} ${round(epsilon)}`,
    samples,
    `${robust.value.toFixed(2)} [${robust.interval.map((end) => end.toFixed(2)).join(', ')}]`,
    isFree ? '-' : noise.robust.toFixed(2),
    isFree ? `${round(row.distance.value)} [${row.distance.interval.map(round).join(', ')}]` : '-',
    Math.round(row.queries.perSample),
    row.cpuSeconds.toFixed(2),
    [row.claim, outside === 0 ? '' : `OUTSIDE: ${outside}`]
      .filter((text) => text !== '')
      .join('; '),
  ]
}

function partLine({ samples }, { attack, robust, queries }) {
  return [
    '',
    `after ${attack}`,
    '',
    samples,
    robust.toFixed(2),
    '',
    '',
    `${queries} in all`,
    '',
    '',
  ]
}

function round(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '∞'
}
