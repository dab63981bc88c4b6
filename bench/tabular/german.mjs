import { encode, readCells } from './table.mjs'

const fixed = ['history', 'status', 'foreign', 'age', 'residence', 'credits', 'liable', 'rate']
const names = {
  checking: 0,
  history: 2,
  purpose: 3,
  savings: 5,
  employment: 6,
  status: 8,
  debtors: 9,
  property: 11,
  plans: 13,
  housing: 14,
  job: 16,
  telephone: 18,
  foreign: 19,
}

/** German credit: is the loan good? An applicant can ask for another loan and tell another story, with the same history and age. */
export function readGerman(folder, from, to) {
  const cells = readCells(`${folder}/german.csv.gz`)
  const seen = (at) => [...new Set(cells.map((line) => line[at]))].sort()
  const change = (name) => (fixed.includes(name) ? { change: 'none' } : {})
  const number = (name, at, range, more = {}) => ({
    name,
    at,
    range,
    step: 1,
    ...change(name),
    ...more,
  })
  const columns = [
    number('duration', 1, [1, 72], { scale: 6 }),
    number('amount', 4, [100, 20_000], { scale: 1000 }),
    { name: 'monthly', range: [0, 20_000], computed: ({ amount, duration }) => amount / duration },
    number('rate', 7, [1, 4]),
    number('residence', 10, [1, 4]),
    number('age', 12, [18, 100]),
    number('credits', 15, [1, 9]),
    number('liable', 17, [1, 9]),
    ...Object.entries(names).map(([name, at]) => ({
      name,
      at,
      categories: seen(at),
      ...change(name),
    })),
  ]
  const rules = [{ ratio: 'monthly', of: ['amount', 'duration'] }]
  const label = (line) => Number(line[20] === '2')
  return { name: 'german', ...encode(cells.slice(from, to), columns, label, rules), isPossible }
}

/** Written apart from the constraints: could an applicant of record `before` hand in the record `after`? */
function isPossible(after, before) {
  const { duration, amount, monthly } = after
  return (
    fixed.every((name) => after[name] === before[name]) &&
    Object.keys(names).every((name) => after[name] !== undefined) &&
    Number.isInteger(duration) &&
    Number.isInteger(amount) &&
    duration >= 1 &&
    duration <= 72 &&
    amount >= 100 &&
    amount <= 20_000 &&
    Math.abs(amount / duration - monthly) < 1e-3 * Math.max(1, monthly)
  )
}
