/** The decimal digits of a text, in order. */
export function digitsOf(text: string): number[] {
  return Array.from(text.replace(/\D/g, ''), Number)
}

/** Sum of products; digits beyond the weights do not count. */
export function weighted(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * (digits[i] ?? 0), 0)
}

/** ISO/IEC 7812-1 annex B. */
export function isLuhn(digits: readonly number[]): boolean {
  const sum = [...digits].reverse().reduce((before, digit, i) => {
    const doubled = i % 2 === 1 ? digit * 2 : digit
    return before + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return digits.length > 0 && sum % 10 === 0
}

/** ISO 7064, MOD 11,10, over digits with the check digit last. */
export function isMod11And10(digits: readonly number[]): boolean {
  const product = digits.slice(0, -1).reduce((before, digit) => {
    const sum = (before + digit) % 10
    return ((sum === 0 ? 10 : sum) * 2) % 11
  }, 10)
  return (product + digits.at(-1)!) % 10 === 1
}

/** Remainder of a decimal number of any length. */
export function remainder(decimal: string, modulus: number): number {
  return Array.from(decimal, Number).reduce((rest, digit) => (rest * 10 + digit) % modulus, 0)
}

/** Verhoeff's dihedral check (1969): D5 by its reflection rule, and the permutation's powers. */
export function isVerhoeff(digits: readonly number[]): boolean {
  let state = 0
  for (const [i, digit] of [...digits].reverse().entries()) {
    let permuted = digit
    for (let power = 0; power < i % 8; power++) permuted = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][permuted]!
    state = timesInD5(state, permuted)
  }
  return state === 0
}

function timesInD5(a: number, b: number): number {
  const turn = (n: number) => ((n % 5) + 5) % 5
  if (a < 5) return b < 5 ? turn(a + b) : 5 + turn(a + b - 5)
  return b < 5 ? 5 + turn(a - 5 - b) : turn(a - b)
}

/** ICAO 9303: weights 7, 3, 1 over digits and letters (A = 10), the check digit last. */
export function isIcao(text: string): boolean {
  const values = Array.from(text, (one) => Number.parseInt(one, 36))
  const sum = values
    .slice(0, -1)
    .reduce((before, value, i) => before + value * [7, 3, 1][i % 3]!, 0)
  return sum % 10 === values.at(-1)
}

/** Whether day and month can be those of a date; a leap day always can. */
export function isDate(day: number, month: number): boolean {
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!
  )
}
