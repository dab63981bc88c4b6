import { digitsOf, isDate, isLuhn, weighted } from '../checksums.ts'
import type { Identifier } from './identifier.ts'

/** Identifiers of American countries; the rules are those of their issuers. */
export const americas: readonly Identifier[] = [
  {
    kind: 'ar-cuit',
    form: '(?:20|2[3-7]|3[034])-?[0-9]{8}-?[0-9]',
    isValid: (text) => {
      const digits = digitsOf(text)
      return (11 - (weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === digits[10]
    },
    near: ['cuit', 'cuil'],
  },
  {
    kind: 'br-cpf',
    form: '[0-9]{3}[.]?[0-9]{3}[.]?[0-9]{3}-?[0-9]{2}',
    isValid: (text) =>
      !/^(.)\1*$/.test(text) &&
      isBrazilian(digitsOf(text), [10, 9, 8, 7, 6, 5, 4, 3, 2], [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]),
  },
  {
    kind: 'br-cnpj',
    form: '[0-9]{2}[.]?[0-9]{3}[.]?[0-9]{3}/?[0-9]{4}-?[0-9]{2}',
    isValid: (text) =>
      !/^(.)\1*$/.test(text) &&
      isBrazilian(
        digitsOf(text),
        [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
        [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2],
      ),
  },
  {
    kind: 'ca-sin',
    form: '[1-79][0-9]{2}[ -]?[0-9]{3}[ -]?[0-9]{3}|0[0-9]{2}[ -][0-9]{3}[ -][0-9]{3}',
    isValid: (text) => isLuhn(digitsOf(text)),
    near: ['sin', 'social insurance', 'assurance sociale', 'nas'],
  },
  {
    kind: 'cl-rut',
    form: '[0-9]{1,2}[.]?[0-9]{3}[.]?[0-9]{3}-[0-9K]',
    isValid: (text) => {
      const digits = digitsOf(text.slice(0, -1)).reverse()
      const check = 11 - (weighted(digits, [2, 3, 4, 5, 6, 7, 2, 3]) % 11)
      return text.at(-1) === (check === 11 ? '0' : check === 10 ? 'K' : String(check))
    },
    near: ['rut', 'run'],
  },
  {
    kind: 'mx-curp',
    form: '[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z][0-9]',
    isValid: (text) => {
      const alphabet = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'
      const sum = Array.from(text.slice(0, 17)).reduce(
        (before, one, i) => before + alphabet.indexOf(one) * (18 - i),
        0,
      )
      const born = isDate(+text.slice(8, 10), +text.slice(6, 8))
      return born && (10 - (sum % 10)) % 10 === Number(text[17])
    },
  },
  {
    kind: 'us-bank-routing',
    form: '(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}',
    isValid: (text) => weighted(digitsOf(text), [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0,
    near: ['routing', 'aba', 'rtn'],
  },
  {
    // Luhn behind the prefix of the health industry
    kind: 'us-npi',
    form: '[12][0-9]{9}',
    isValid: (text) => isLuhn(digitsOf(`80840${text}`)),
    near: ['npi', 'national provider'],
  },
  {
    kind: 'us-dea',
    form: '[A-HJ-NPR-UX][A-Z9][0-9]{7}',
    isValid: (text) => {
      const digits = digitsOf(text.slice(2))
      return weighted(digits, [1, 2, 1, 2, 1, 2]) % 10 === digits[6]
    },
    near: ['dea', 'prescriber', 'medical license'],
  },
  {
    // No checksum: areas, groups and serials that were never issued, and the numbers of advertisements
    kind: 'us-ssn',
    form: '[0-8][0-9]{2}([- ])[0-9]{2}\\1[0-9]{4}',
    isValid: isSocialSecurity,
  },
  {
    kind: 'us-ssn',
    form: '[0-8][0-9]{8}',
    isValid: isSocialSecurity,
    near: ['ssn', 'social security'],
  },
  {
    kind: 'us-itin',
    form: '9[0-9]{2}([- ]?)(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])\\1[0-9]{4}',
    isValid: () => true,
    near: ['itin', 'taxpayer'],
  },
]

function isSocialSecurity(text: string): boolean {
  if (/^(?:000|666|9)|^...00|0000$/.test(text)) return false
  return !['078051120', '219099999', '123456789'].includes(text)
}

/** Two check digits, each 11 less the remainder, and 0 where that has two digits. */
function isBrazilian(
  digits: readonly number[],
  first: readonly number[],
  second: readonly number[],
): boolean {
  const check = (weights: readonly number[]) => {
    const rest = weighted(digits, weights) % 11
    return rest < 2 ? 0 : 11 - rest
  }
  return check(first) === digits.at(-2) && check(second) === digits.at(-1)
}
