import {
  digitsOf,
  isDate,
  isIcao,
  isLuhn,
  isMod11And10,
  remainder,
  weighted,
} from '../checksums.ts'
import type { Identifier } from './identifier.ts'

/** Identifiers of European countries; the rules are those of their issuers. */
export const europe: readonly Identifier[] = [
  {
    kind: 'at-social-security',
    form: '[1-9][0-9]{3}[ -]?[0-9]{6}',
    isValid: (text) => {
      const digits = digitsOf(text)
      return weighted(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === digits[3]
    },
    near: ['svnr', 'sozialversicherung', 'versicherungsnummer', 'social security', 'sv-nummer'],
  },
  {
    // the last two digits: 97 less the remainder; from 2000 on with a 2 in front
    kind: 'be-national-number',
    form: '[0-9]{2}[.]?[0-9]{2}[.]?[0-9]{2}[-. ]?[0-9]{3}[-. ]?[0-9]{2}',
    isValid: (text) =>
      ['', '2'].some((era) => 97 - remainder(era + text.slice(0, 9), 97) === Number(text.slice(9))),
    near: ['rijksregister', 'registre national', 'national number', 'nrn', 'insz', 'niss'],
  },
  {
    kind: 'bg-citizen-number',
    form: '[0-9]{10}',
    isValid: (text) => {
      const digits = digitsOf(text)
      return (weighted(digits, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === digits[9]
    },
    near: ['egn', 'егн'],
  },
  {
    // EAN-13 within 756
    kind: 'ch-ahv',
    form: '756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}',
    isValid: (text) => weighted(digitsOf(text), [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
  },
  {
    kind: 'cz-sk-birth-number',
    form: '[0-9]{6}/?[0-9]{4}',
    isValid: (text) =>
      remainder(text, 11) === 0 && isDate(+text.slice(4, 6), (+text.slice(2, 4) % 50) % 20),
    near: ['rodne cislo', 'rodné číslo', 'rč', 'birth number'],
  },
  {
    kind: 'de-tax-id',
    form: '[1-9][0-9](?:[ ]?[0-9]{3}){3}',
    isValid: (text) => isMod11And10(digitsOf(text)) && hasOneRepeatedDigit(text.slice(0, 10)),
    near: ['steuer', 'idnr', 'tin', 'tax'],
  },
  {
    kind: 'de-vat',
    form: 'DE[ ]?[1-9][0-9]{8}',
    isValid: (text) => isMod11And10(digitsOf(text)),
  },
  {
    kind: 'de-id-card',
    form: '[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]',
    isValid: isIcao,
    near: ['ausweis', 'reisepass', 'passport', 'passnummer', 'id card', 'identity card'],
  },
  {
    // the letter as two digits, weights 1 and 2, sums of digits
    kind: 'de-health-insurance',
    form: '[A-Z][0-9]{9}',
    isValid: (text) => {
      const digits = digitsOf(letterAsTwoDigits(text))
      return crossSum(digits.slice(0, 10), [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 === digits[10]
    },
    near: ['kvnr', 'krankenversicher', 'versicherten', 'health insurance', 'krankenkasse'],
  },
  {
    kind: 'de-social-security',
    form: '[0-9]{2}[ ]?[0-9]{6}[ ]?[A-Z][ ]?[0-9]{3}',
    isValid: (text) => {
      const digits = digitsOf(letterAsTwoDigits(text))
      return crossSum(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === digits[12]
    },
    near: ['sozialversicherung', 'rentenversicherung', 'rvnr', 'svnr', 'social security'],
  },
  {
    kind: 'de-doctor-number',
    form: '[0-9]{9}',
    isValid: (text) => {
      const digits = digitsOf(text)
      return (10 - (weighted(digits, [4, 9, 4, 9, 4, 9]) % 10)) % 10 === digits[6]
    },
    near: ['lanr', 'arztnummer'],
  },
  {
    kind: 'ee-personal-code',
    form: '[1-8][0-9]{10}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const first = weighted(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
      const second = weighted(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11
      return (first < 10 ? first : second % 10) === digits[10]
    },
    near: ['isikukood', 'personal code', 'asmens kodas', 'asmens kodą'],
  },
  {
    kind: 'es-nif',
    form: '[0-9]{8}[- ]?[A-Z]',
    isValid: (text) => text[8] === nifLetters[remainder(text.slice(0, 8), 23)],
  },
  {
    kind: 'es-nie',
    form: '[XYZ][- ]?[0-9]{7}[- ]?[A-Z]',
    isValid: (text) =>
      text[8] === nifLetters[remainder('XYZ'.indexOf(text[0]!) + text.slice(1, 8), 23)],
  },
  {
    kind: 'fi-personal-code',
    form: '[0-3][0-9][01][0-9]{3}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]',
    isValid: (text) => {
      const born = isDate(+text.slice(0, 2), +text.slice(2, 4))
      const check = remainder(text.slice(0, 6) + text.replace(/^.{6}[-+A-Z]?/, '').slice(0, 3), 31)
      return born && text.at(-1) === '0123456789ABCDEFHJKLMNPRSTUVWXY'[check]
    },
  },
  {
    // Corsica's departments 2A and 2B count as 19 and 18
    kind: 'fr-social-security',
    form: '[12][ ]?[0-9]{2}[ ]?[0-9]{2}[ ]?(?:[0-9]{2}|2[AB])[ ]?[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{2}',
    isValid: (text) => {
      const digits = text.replace('2A', '19').replace('2B', '18')
      return 97 - remainder(digits.slice(0, 13), 97) === Number(digits.slice(13))
    },
  },
  {
    kind: 'gb-nhs',
    form: '[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}',
    isValid: (text) => weighted(digitsOf(text), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0,
    near: ['nhs', 'national health', 'patient'],
  },
  {
    kind: 'hr-oib',
    form: '[0-9]{11}',
    isValid: (text) => isMod11And10(digitsOf(text)),
    near: ['oib'],
  },
  {
    kind: 'ie-pps',
    form: '[0-9]{7}[A-W]',
    isValid: (text) =>
      text[7] === 'WABCDEFGHIJKLMNOPQRSTUV'[weighted(digitsOf(text), [8, 7, 6, 5, 4, 3, 2]) % 23],
    near: ['pps', 'personal public service'],
  },
  {
    kind: 'it-fiscal-code',
    form: '[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]',
    isValid: isItalianCode,
  },
  {
    kind: 'it-vat',
    form: '(?:IT)?[0-9]{11}',
    isValid: (text) => isLuhn(digitsOf(text)),
    near: ['partita iva', 'p.iva', 'p. iva', 'vat'],
  },
  {
    kind: 'nl-bsn',
    form: '[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}',
    isValid: (text) => weighted(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    near: ['bsn', 'burgerservice', 'sofi'],
  },
  {
    kind: 'no-birth-number',
    form: '[0-7][0-9]{5}[ ]?[0-9]{5}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const first = weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11
      return first === 0 && weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
    },
    near: ['fodselsnummer', 'fødselsnummer', 'personnummer', 'birth number', 'fnr'],
  },
  {
    kind: 'pl-pesel',
    form: '[0-9]{11}',
    isValid: (text) => weighted(digitsOf(text), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
    near: ['pesel'],
  },
  {
    kind: 'pl-nip',
    form: '[0-9]{3}-?[0-9]{3}-?[0-9]{2}-?[0-9]{2}',
    isValid: (text) => {
      const digits = digitsOf(text)
      return weighted(digits, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === digits[9]
    },
    near: ['nip'],
  },
  {
    kind: 'pt-nif',
    form: '[1-9][0-9]{2}[ ]?[0-9]{3}[ ]?[0-9]{3}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const check = 11 - (weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)
      return (check > 9 ? 0 : check) === digits[8]
    },
    near: ['nif', 'contribuinte'],
  },
  {
    kind: 'ro-cnp',
    form: '[1-9][0-9]{12}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const check = weighted(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
      return (
        (check === 10 ? 1 : check) === digits[12] && isDate(+text.slice(5, 7), +text.slice(3, 5))
      )
    },
    near: ['cnp', 'cod numeric'],
  },
  {
    kind: 'se-personal-number',
    form: '(?:19|20)?[0-9]{6}[-+][0-9]{4}',
    isValid: (text) => {
      const digits = digitsOf(text).slice(-10)
      const [, , m1, m2, d1, d2] = digits as [number, number, number, number, number, number]
      // Coordination numbers count the day from 61.
      return isLuhn(digits) && isDate((d1 * 10 + d2) % 60, m1 * 10 + m2)
    },
  },
  {
    kind: 'tr-identity-number',
    form: '[1-9][0-9]{10}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const tenth = weighted(digits, [7, -1, 7, -1, 7, -1, 7, -1, 7]) % 10
      return (
        (tenth + 10) % 10 === digits[9] && weighted(digits, Array(10).fill(1)) % 10 === digits[10]
      )
    },
  },
]

const nifLetters = 'TRWAGMYFPDXBNJZSQVHLCKE'

/** One digit comes twice or three times, the others once at most. */
function hasOneRepeatedDigit(digits: string): boolean {
  const counts = Array.from('0123456789', (digit) => digits.split(digit).length - 1)
  const repeated = counts.filter((count) => count > 1)
  return repeated.length === 1 && repeated[0]! <= 3
}

function letterAsTwoDigits(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 64).padStart(2, '0'))
}

function crossSum(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => {
    const product = weight * digits[i]!
    return sum + Math.floor(product / 10) + (product % 10)
  }, 0)
}

/** Odd places have values of their own; digits of namesakes are written as letters. */
function isItalianCode(text: string): boolean {
  const odd = [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
  ]
  const sum = Array.from(text.slice(0, 15)).reduce((before, one, i) => {
    const value = /\d/.test(one) ? Number(one) : one.charCodeAt(0) - 65
    return before + (i % 2 === 0 ? odd[value]! : value)
  }, 0)
  return text.charCodeAt(15) - 65 === sum % 26
}
