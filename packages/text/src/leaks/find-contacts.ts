import { isIP } from 'node:net'
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Finder, Hit, Reader } from './hit.ts'
import { nearWords } from './near-words.ts'

/** Where numbers without a country code are looked for, unless other regions are named. */
const regionsDefault: readonly CountryCode[] = ['US', 'GB', 'DE', 'FR', 'ES', 'IT', 'IN', 'BR']

// RFC 5321: the lengths; a host ends in letters
const email =
  /(?<![\w.+%-])[\p{L}\p{N}][\p{L}\p{N}.!#$%&'*+/=?^_{|}~-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}-])/gu
const ipv4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g
const ipv6 =
  /(?<![\w:.])(?=[0-9a-f:]*:[0-9a-f]*:)[0-9a-f:]{2,39}(?:\d{0,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})?(?![\w:])/gi
const mac = /(?<![\w:-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-])/gi

/** Addresses of people and of their machines. */
export const findAddresses: Finder = ({ text }) => [
  ...hitsOf('email', text, text.includes('@') ? email : undefined),
  ...hitsOf('ip-address', text, ipv4, isIP),
  ...hitsOf('ip-address', text, text.includes(':') ? ipv6 : undefined, isTellingIpv6),
  ...hitsOf('mac-address', text, mac),
]

/** `::` and `a::b` are IPv6 addresses, and also C++; an address of a machine has more to say. */
function isTellingIpv6(text: string): boolean {
  return isIP(text) === 6 && text.replace(/[^0-9a-f]/gi, '').length >= 6
}

function hitsOf(
  kind: string,
  text: string,
  pattern: RegExp | undefined,
  isValid: (match: string) => unknown = () => true,
): Hit[] {
  if (pattern === undefined) return []
  return [...text.matchAll(pattern)]
    .filter(([match]) => isValid(match))
    .map(({ 0: match, index: from }) => ({ kind, from, to: from + match.length }))
}

const phone = /(?<![\w.@:/-])(?:\+|\(?)\d(?:[ .\-/()]{0,3}\d){6,16}(?![\w@]|[.\-:/]\d)/g
const words = [
  ...['phone', 'tel', 'call', 'mobile', 'cell', 'fax', 'whatsapp', 'sms', 'dial', 'text me'],
  ...['telefon', 'handy', 'mobil', 'anruf', 'appel', 'portable', 'tél', 'teléfono', 'móvil'],
  ...['llama', 'telefone', 'celular', 'telefono', 'cellulare', 'телефон', '电话', '電話', 'फोन'],
]
const wordsNear = nearWords(words)

/** Telephone numbers that exist in a numbering plan (libphonenumber); those without a country code need a word near, or signs between digits. */
export function phoneFinder(regions: readonly CountryCode[] = regionsDefault): Finder {
  return (reader: Reader) => {
    const candidates = [...reader.text.matchAll(phone)]
    if (candidates.length === 0) return []
    const { near } = wordsNear(reader.lower)
    return candidates.flatMap(({ 0: match, index: from }) => {
      const to = from + match.length
      const isInternational = match.startsWith('+') || match.startsWith('00')
      const isLikely = isInternational || near(words, from, to) || isWrittenAsPhone(match)
      if (!isLikely || !isInPlan(match, isInternational, regions)) return []
      return [{ kind: 'phone', from, to }]
    })
  }
}

/** `(212) 555-0199`, `030 / 90 18 20`, `555-123-4567`: signs that other numbers do not have. */
function isWrittenAsPhone(match: string): boolean {
  return /^\(?0?\d{2,4}\)[ -]?\d|^0\d{2,4}[ ]?[/-][ ]?\d|^\d{3}[-.]\d{3}[-.]\d{4}$/.test(match)
}

function isInPlan(
  match: string,
  isInternational: boolean,
  regions: readonly CountryCode[],
): boolean {
  if (isInternational) {
    return parsePhoneNumberFromString(match.replace(/^00/, '+'))?.isValid() ?? false
  }
  return regions.some((region) => parsePhoneNumberFromString(match, region)?.isValid() ?? false)
}
