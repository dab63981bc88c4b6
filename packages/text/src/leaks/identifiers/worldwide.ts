import { sha256 } from '@merlon/crypto'
import { digitsOf, isLuhn, remainder } from '../checksums.ts'
import type { Identifier } from './identifier.ts'

/** Identifiers that no single country issues. */
export const worldwide: readonly Identifier[] = [
  {
    // ISO 13616: letters are two digits, the first four characters go last, MOD 97-10
    kind: 'iban',
    form: '[A-Z]{2}[0-9]{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?',
    isValid: (text) => isIbanLength(text) && remainder(ibanDigits(text), 97) === 1,
  },
  {
    // ISO/IEC 7812: what the networks issue, and Luhn
    kind: 'payment-card',
    form: '[2-6][0-9]{3}(?:[0-9]{8,15}|([ -])[0-9]{4}\\1[0-9]{4}\\1[0-9]{1,4}(?:\\1[0-9]{1,3})?|([ -])[0-9]{6}\\2[0-9]{4,5})',
    isValid: (text) => networks.some((network) => network.test(text)) && isLuhn(digitsOf(text)),
  },
  {
    // 3GPP TS 23.003: Luhn
    kind: 'imei',
    form: '[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}[ -]?[0-9]',
    isValid: (text) => isLuhn(digitsOf(text)),
    near: ['imei', 'handset', 'device id'],
  },
  {
    // ISO 3779 with the check character of 49 CFR 565
    kind: 'vin',
    form: '[A-HJ-NPR-Z0-9]{17}',
    isValid: isVin,
    near: ['vin', 'vehicle', 'chassis', 'fahrgestell'],
  },
  {
    // Base58Check: the first four bytes of SHA-256 twice
    kind: 'bitcoin-address',
    form: '[13][1-9A-HJ-NP-Za-km-z]{25,34}',
    isValid: isBase58Check,
    isCaseSensitive: true,
  },
  {
    // BIP 173 and BIP 350
    kind: 'bitcoin-segwit-address',
    form: 'bc1[02-9ac-hj-np-z]{11,71}',
    isValid: isBech32,
    isCaseSensitive: true,
  },
]

const networks = [
  /^4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})$/, // Visa
  /^(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}$/, // Mastercard
  /^3[47][0-9]{13}$/, // American Express
  /^3(?:0[0-5][0-9]|[68][0-9]{2})[0-9]{10}$/, // Diners Club
  /^6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}$/, // Discover
  /^35(?:2[89]|[3-8][0-9])[0-9]{12}$/, // JCB
  /^62[0-9]{14,17}$/, // UnionPay
  /^220[0-4][0-9]{12}$/, // Mir
]

/** Lengths of the IBAN registry (SWIFT, release 99), by country. */
const ibanLengths =
  'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20'

function isIbanLength(text: string): boolean {
  return new RegExp(`(?:^|[0-9])${text.slice(0, 2)}${text.length}(?![0-9])`).test(ibanLengths)
}

function ibanDigits(text: string): string {
  const turned = text.slice(4) + text.slice(0, 4)
  return turned.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
}

function isVin(text: string): boolean {
  const values: Readonly<Record<string, number>> = {
    ...{ A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5 },
    ...{ P: 7, R: 9, S: 2, T: 3, U: 4, V: 5, W: 6, X: 7, Y: 8, Z: 9 },
  }
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
  const sum = weights.reduce((before, weight, i) => {
    const one = text[i]!
    return before + weight * (values[one] ?? Number(one))
  }, 0)
  return text[8] === '0123456789X'[sum % 11]
}

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function isBase58Check(text: string): boolean {
  let number = 0n
  for (const one of text) number = number * 58n + BigInt(base58.indexOf(one))
  if (number >= 1n << 200n) return false
  const bytes = Buffer.from(number.toString(16).padStart(50, '0'), 'hex')
  const digest = sha256(sha256(bytes.subarray(0, 21)))
  return Buffer.compare(bytes.subarray(21), digest.subarray(0, 4)) === 0
}

function isBech32(text: string): boolean {
  const values = Array.from(text.slice(3), (one) => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(one))
  // "bc" expanded: high bits, zero, low bits.
  const checksum = [3, 3, 0, 2, 3, ...values].reduce((before, value) => {
    const top = before >>> 25
    const next = ((before & 0x1ffffff) << 5) ^ value
    const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
    return generators.reduce((sum, each, bit) => ((top >>> bit) & 1 ? sum ^ each : sum), next)
  }, 1)
  return checksum === (values[0] === 0 ? 1 : 0x2bc830a3)
}
