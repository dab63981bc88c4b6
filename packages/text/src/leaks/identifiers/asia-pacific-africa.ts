import { digitsOf, isDate, isLuhn, isVerhoeff, weighted } from '../checksums.ts'
import type { Identifier } from './identifier.ts'

/** Identifiers of countries in Asia, the Pacific and Africa; the rules are those of their issuers. */
export const asiaPacificAfrica: readonly Identifier[] = [
  {
    // one less in the first digit, MOD 89
    kind: 'au-abn',
    form: '[1-9][0-9](?:[ ]?[0-9]{3}){3}',
    isValid: (text) => {
      const [first, ...rest] = digitsOf(text)
      return weighted([first! - 1, ...rest], [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 === 0
    },
    near: ['abn', 'australian business'],
  },
  {
    kind: 'au-acn',
    form: '[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{3}',
    isValid: (text) => weighted(digitsOf(text), [8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0,
    near: ['acn', 'australian company'],
  },
  {
    kind: 'au-tfn',
    form: '[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{3}',
    isValid: (text) => weighted(digitsOf(text), [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    near: ['tfn', 'tax file'],
  },
  {
    kind: 'au-medicare',
    form: '[2-6][0-9]{3}[ ]?[0-9]{5}[ ]?[0-9]',
    isValid: (text) => {
      const digits = digitsOf(text)
      return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digits[8]
    },
    near: ['medicare'],
  },
  {
    // ISO 7064, MOD 11-2, with a date of birth inside
    kind: 'cn-resident-id',
    form: '[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]',
    isValid: (text) => {
      const sum = weighted(
        digitsOf(text.slice(0, 17)),
        [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2],
      )
      return (
        isDate(+text.slice(12, 14), +text.slice(10, 12)) && text[17] === '10X98765432'[sum % 11]
      )
    },
  },
  {
    kind: 'hk-identity-card',
    form: '[A-Z]{1,2}[0-9]{6}[(][0-9A][)]',
    isValid: (text) => {
      // A missing first letter counts as a space, 36.
      const values = Array.from(text.replace(/[()]/g, '').padStart(9, ' '), (one) =>
        one === ' ' ? 36 : Number.parseInt(one, 36),
      )
      return weighted(values, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
    },
  },
  {
    kind: 'il-identity-number',
    form: '[0-9]{8}-?[0-9]',
    isValid: (text) => isLuhn(digitsOf(text)),
    near: ['teudat', 'תעודת זהות', 'ת.ז', 'israeli id'],
  },
  {
    kind: 'in-aadhaar',
    form: '[2-9][0-9]{3}([ -]?)[0-9]{4}\\1[0-9]{4}',
    isValid: (text) => isVerhoeff(digitsOf(text)),
    near: ['aadhaar', 'aadhar', 'uidai', 'आधार'],
  },
  {
    // characters of base 36, weights 1 and 2, sums of digits of base 36
    kind: 'in-gstin',
    form: '[0-3][0-9][A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]',
    isValid: (text) => {
      const sum = Array.from(text.slice(0, 14)).reduce((before, one, i) => {
        const product = Number.parseInt(one, 36) * (1 + (i % 2))
        return before + Math.floor(product / 36) + (product % 36)
      }, 0)
      return Number.parseInt(text[14]!, 36) === (36 - (sum % 36)) % 36
    },
  },
  {
    kind: 'kr-resident-number',
    form: '[0-9]{6}-[1-8][0-9]{6}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const sum = weighted(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
      // Foreigners' numbers, from 5 on, are two further.
      const check = (11 - (sum % 11) + (digits[6]! >= 5 ? 2 : 0)) % 10
      return isDate(+text.slice(4, 6), +text.slice(2, 4)) && check === digits[12]
    },
  },
  {
    kind: 'kr-business-number',
    form: '[0-9]{3}-[0-9]{2}-[0-9]{5}',
    isValid: (text) => {
      const digits = digitsOf(text)
      const sum = weighted(digits, [1, 3, 7, 1, 3, 7, 1, 3, 5]) + Math.floor((digits[8]! * 5) / 10)
      return (10 - (sum % 10)) % 10 === digits[9]
    },
    near: ['사업자', 'brn', 'business registration'],
  },
  {
    kind: 'sg-nric',
    form: '[STFG][0-9]{7}[A-Z]',
    isValid: (text) => {
      const sum = weighted(digitsOf(text), [2, 7, 6, 5, 4, 3, 2])
      const shifted = sum + (/^[TG]/.test(text) ? 4 : 0)
      const letters = /^[ST]/.test(text) ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK'
      return text[8] === letters[shifted % 11]
    },
  },
  {
    kind: 'sg-uen',
    form: '[0-9]{8}[A-Z]',
    isValid: (text) =>
      text[8] === 'XMKECAWLJDB'[weighted(digitsOf(text), [10, 4, 9, 3, 8, 2, 7, 1]) % 11],
    near: ['uen', 'unique entity'],
  },
  {
    kind: 'th-identity-number',
    form: '[1-8](?:-?[0-9]{4})(?:-?[0-9]{5})(?:-?[0-9]{2})-?[0-9]',
    isValid: (text) => {
      const digits = digitsOf(text)
      const sum = weighted(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
      return (11 - (sum % 11)) % 10 === digits[12]
    },
    near: ['thai', 'บัตรประชาชน', 'ประจำตัวประชาชน', 'national id'],
  },
  {
    kind: 'tw-identity-number',
    form: '[A-Z][1289][0-9]{8}',
    isValid: (text) => {
      const value = 10 + 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(text[0]!)
      const digits = [Math.floor(value / 10), value % 10, ...digitsOf(text)]
      return weighted(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0
    },
    near: ['身分證', '身份證', 'taiwan', 'national id'],
  },
  {
    kind: 'za-identity-number',
    form: '[0-9]{6}[ ]?[0-9]{4}[ ]?[01][0-9][0-9]',
    isValid: (text) => isDate(+text.slice(4, 6), +text.slice(2, 4)) && isLuhn(digitsOf(text)),
    near: ['south africa', 'sa id', 'identity number', 'id number', 'id no'],
  },
]
