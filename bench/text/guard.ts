/**
 * What the text guard costs by length, in one thread, and what the worst of a list of hostile texts costs against ordinary text
 * of the same length. Both take turns, so that a busy machine slows both.
 *
 *   npx tsc -b packages/text && npx tsx bench/text/guard.ts [rounds]
 */
import { textGuard } from '@merlon/text'

const rounds = Number(process.argv[2] ?? 200)
const guard = textGuard()
const ordinary =
  'The team wrote about the quarterly numbers, and said that 42 of 300 items were late. Please call the office on Monday, 12 May 2024, key point: the password policy changes. '
const hostile = [
  ...[
    'a',
    '1',
    'a ',
    '1 ',
    '1-',
    '=',
    'a=',
    'key=',
    '@',
    'a@a.',
    '+1',
    '(1',
    ':',
    'a:',
    'ey',
    'ghp_',
  ],
  ...['-----BEGIN PRIVATE KEY', '://a:', 'curl -H ', '<', '%41', 'QUJD', 'а', '4111 ', 'tel 0'],
  ...['call 555 1', 'x@', '1.', '::', 'password="a1', 'GB82', 'e\u0301', '\u200b', '&#65;'],
]

for (const length of [400, 4_000, 40_000, 100_000]) {
  const times = measure(ordinary, length, Math.max(10, Math.round((rounds * 400) / length)))
  console.log(`${length} characters: p50 ${ms(times, 0.5)} ms, p99 ${ms(times, 0.99)} ms`)
}
const length = 4_000
const usual = median(measure(ordinary, length, 50))
const costs = hostile.map((piece) => ({ piece, ratio: median(measure(piece, length, 10)) / usual }))
costs.sort((a, b) => b.ratio - a.ratio)
for (const { piece, ratio } of costs.slice(0, 5)) {
  console.log(`${JSON.stringify(piece)} over and over: ${ratio.toFixed(1)} times ordinary text`)
}

function measure(piece: string, chars: number, count: number): readonly number[] {
  const text = piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars)
  for (let i = 0; i < 5; i++) guard(text)
  return Array.from({ length: count }, () => {
    const startedAt = performance.now()
    guard(text)
    return performance.now() - startedAt
  })
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!
}

function ms(times: readonly number[], quantile: number): string {
  const rising = [...times].sort((a, b) => a - b)
  return rising[Math.min(rising.length - 1, Math.floor(quantile * rising.length))]!.toFixed(3)
}
