import { encode, readCells } from './table.mjs'

const educations = {
  Preschool: 1,
  '1st-4th': 2,
  '5th-6th': 3,
  '7th-8th': 4,
  '9th': 5,
  '10th': 6,
  '11th': 7,
  '12th': 8,
  'HS-grad': 9,
  'Some-college': 10,
  'Assoc-voc': 11,
  'Assoc-acdm': 12,
  Bachelors: 13,
  Masters: 14,
  'Prof-school': 15,
  Doctorate: 16,
}
const fixed = ['marital', 'relationship', 'race', 'sex', 'country']

/** Adult: who earns more than 50,000? Someone can claim another job, more school, other hours and investments; not another age or origin. */
export function readAdult(folder, part, count) {
  const cells = readCells(`${folder}/adult-${part}.csv.gz`)
    .filter((line) => line.length === 15)
    .map((line) => line.with(13, line[13] === 'United-States' ? 'United-States' : 'other'))
  const seen = (at) => [...new Set(cells.map((line) => line[at]))].sort()
  const categorical = (name, at) => ({
    name,
    at,
    categories: seen(at),
    ...(fixed.includes(name) ? { change: 'none' } : {}),
  })
  const columns = [
    { name: 'age', at: 0, range: [16, 100], step: 1, change: 'none' },
    categorical('workclass', 1),
    { name: 'education', at: 3, categories: Object.keys(educations) },
    { name: 'education-num', at: 4, range: [1, 16] },
    categorical('marital', 5),
    categorical('occupation', 6),
    categorical('relationship', 7),
    categorical('race', 8),
    categorical('sex', 9),
    { name: 'gain', at: 10, range: [0, 100_000], step: 1, scale: 2000 },
    { name: 'loss', at: 11, range: [0, 5000], step: 1, scale: 500 },
    { name: 'net', range: [-5000, 100_000], computed: ({ gain, loss }) => gain - loss },
    { name: 'hours', at: 12, range: [1, 99], step: 1, scale: 10 },
    categorical('country', 13),
  ]
  const schooling = Object.entries(educations).map(([name, years]) => [`education: ${name}`, years])
  const rules = [
    { sum: 'education-num', of: Object.fromEntries(schooling) },
    { sum: 'net', of: { gain: 1, loss: -1 } },
  ]
  const label = (line) => Number(line[14].startsWith('>50K'))
  return { name: 'adult', ...encode(cells.slice(0, count), columns, label, rules), isPossible }
}

/** Written apart from the constraints: could a person of record `before` send the record `after`? */
function isPossible(after, before) {
  const whole = ['age', 'gain', 'loss', 'hours'].every((name) => Number.isInteger(after[name]))
  return (
    whole &&
    ['age', ...fixed].every((name) => after[name] === before[name]) &&
    [after.workclass, after.occupation, after.education].every((value) => value !== undefined) &&
    Math.abs(educations[after.education] - after['education-num']) < 1e-4 &&
    after.gain >= 0 &&
    after.gain <= 100_000 &&
    after.loss >= 0 &&
    after.loss <= 5000 &&
    after.hours >= 1 &&
    after.hours <= 99 &&
    Math.abs(after.gain - after.loss - after.net) < 0.02
  )
}
