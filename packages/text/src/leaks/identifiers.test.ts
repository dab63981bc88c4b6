import { describe, expect, test } from 'vitest'
import { identifiers } from './find-identifiers.ts'
import { leakSearch } from './find-leaks.ts'

const search = leakSearch()
const find = (text: string) => search(text).leaks

/** Numbers that issuers, standards and other validators print as examples. */
const published: readonly (readonly [kind: string, example: string, word?: string])[] = [
  ['iban', 'GB82 WEST 1234 5698 7654 32'],
  ['iban', 'DE89370400440532013000'],
  ['payment-card', '4111 1111 1111 1111'],
  ['payment-card', '378282246310005'],
  ['payment-card', '5555-5555-5555-4444'],
  ['imei', '49-015420-323751-8', 'IMEI'],
  ['vin', '1M8GDM9AXKP042788', 'VIN'],
  ['bitcoin-address', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2'],
  ['bitcoin-segwit-address', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
  ['at-social-security', '1237 010180', 'SVNR'],
  ['be-national-number', '85.07.30-033.28', 'Rijksregister'],
  ['bg-citizen-number', '7523169263', 'EGN'],
  ['ch-ahv', '756.9217.0769.85'],
  ['cz-sk-birth-number', '710319/2745', 'rodné číslo'],
  ['de-tax-id', '86 095 742 719', 'Steuer-ID'],
  ['de-vat', 'DE136695976'],
  ['de-id-card', 'T220001293', 'Personalausweis'],
  ['de-id-card', 'C01X00T478', 'Reisepass'],
  ['de-health-insurance', 'A123456780', 'Krankenversicherung'],
  ['de-social-security', '15070649C103', 'Rentenversicherung'],
  ['ee-personal-code', '36805280109', 'isikukood'],
  ['es-nif', '12345678Z'],
  ['es-nie', 'X1234567L'],
  ['fi-personal-code', '131052-308T'],
  ['fr-social-security', '2 95 10 99 126 111 93'],
  ['gb-nhs', '943 476 5919', 'NHS number'],
  ['hr-oib', '33392005961', 'OIB'],
  ['ie-pps', '1234567T', 'PPS'],
  ['it-fiscal-code', 'RSSMRA85T10A562S'],
  ['it-vat', '07643520567', 'Partita IVA'],
  ['nl-bsn', '1112.22.333', 'BSN'],
  ['no-birth-number', '151086 95088', 'fødselsnummer'],
  ['pl-pesel', '44051401359', 'PESEL'],
  ['pl-nip', '856-734-62-15', 'NIP'],
  ['pt-nif', '501 442 600', 'NIF'],
  ['ro-cnp', '1630615123457', 'CNP'],
  ['se-personal-number', '811228-9874'],
  ['tr-identity-number', '10000000146'],
  ['ar-cuit', '20-05536168-2', 'CUIT'],
  ['br-cpf', '390.533.447-05'],
  ['br-cnpj', '16.727.230/0001-97'],
  ['ca-sin', '046 454 286', 'social insurance number'],
  ['cl-rut', '12.531.909-2', 'RUT'],
  ['mx-curp', 'BOXW310820HNERXN09'],
  ['us-bank-routing', '021000021', 'routing number'],
  ['us-npi', '1234567893', 'NPI'],
  ['us-dea', 'AB1234563', 'DEA'],
  ['au-abn', '51 824 753 556', 'ABN'],
  ['au-acn', '004 085 616', 'ACN'],
  ['au-tfn', '123 456 782', 'tax file number'],
  ['au-medicare', '2123 45670 1', 'Medicare'],
  ['cn-resident-id', '11010519491231002X'],
  ['hk-identity-card', 'A123456(3)'],
  ['il-identity-number', '123456782', 'Teudat Zehut'],
  ['in-gstin', '27AAPFU0939F1ZV'],
  ['kr-business-number', '116-82-00276', 'business registration'],
  ['sg-nric', 'S1234567D'],
  ['sg-uen', '00192200M', 'UEN'],
  ['th-identity-number', '1-2345-45678-78-1', 'Thai'],
  ['tw-identity-number', 'A123456789', 'Taiwan'],
  ['za-identity-number', '8001015009087', 'ID number'],
]

/** Where the check digit is not the last character. */
const checkPlaces: Readonly<Record<string, number>> = {
  'at-social-security': 3,
  vin: 8,
  'au-medicare': 8,
}

const kindsIn = (text: string) => find(text).map(({ kind }) => kind)

describe('identifiers', () => {
  test.each(published)('%s knows the published %s', (kind, example, word = 'Reference') => {
    const text = `${word}: ${example}, thank you.`
    const leaks = find(text)
    expect(leaks.map((leak) => leak.kind)).toContain(kind)
    expect(text.slice(leaks[0]!.span.start, leaks[0]!.span.end)).toBe(example)
  })

  test.each(published.map(([kind, example]) => [kind, example] as const))(
    '%s refuses %s with any other last character',
    (kind, example) => {
      const { isValid, isCaseSensitive } = identifiers.find((one) => one.kind === kind)!
      const compact = example.replace(/[ ./-]/g, '')
      const at = checkPlaces[kind]
      const place = at ?? (kind === 'hk-identity-card' ? compact.length - 2 : compact.length - 1)
      const alphabet = /\d|X/.test(compact[place]!) ? '0123456789' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
      const others = [...alphabet].filter((one) => one !== compact[place])
      const accepted = others.filter((one) => {
        const changed = compact.slice(0, place) + one + compact.slice(place + 1)
        return isValid(isCaseSensitive ? changed : changed.toUpperCase())
      })
      expect(accepted).toEqual([])
    },
  )

  test('are not seen inside longer words and numbers', () => {
    for (const text of [
      'x4111111111111111',
      '41111111111111112222',
      '4111111111111111.5',
      'a-12345678Z',
    ]) {
      expect(kindsIn(text)).toEqual([])
    }
  })

  test('that share their form with other numbers need a word near', () => {
    expect(kindsIn('PESEL 44051401359')).toEqual(['pl-pesel'])
    expect(kindsIn('order 44051401359')).toEqual([])
    expect(kindsIn(`PESEL ${'and so on '.repeat(12)} 44051401359`)).toEqual([])
  })

  test('are found where they are hidden', () => {
    const hidden = Buffer.from('my card is 4111 1111 1111 1111').toString('base64')
    const text = `see ${hidden} there`
    const [leak] = find(text)
    expect(leak).toMatchObject({ kind: 'payment-card', view: 'decoded' })
    expect(text.slice(leak!.span.start, leak!.span.end)).toBe(hidden)
    expect(kindsIn('card ４１１１ １１１１ １１１１ １１１１')).toEqual(['payment-card'])
  })
})

describe('addresses', () => {
  test.each([
    ['email', 'jane.doe+test@mail.example.co.uk'],
    ['email', 'jürgen@bücher.example'],
    ['ip-address', '192.168.10.254'],
    ['ip-address', '2001:db8::ff00:42:8329'],
    ['mac-address', '00:1A:2B:3C:4D:5E'],
    ['phone', '+49 30 901820'],
    ['phone', '(212) 736-5000'],
    ['phone', '+44 20 7946 0958'],
  ])('%s is %s', (kind, value) => {
    const [leak] = find(`Reach me at ${value}.`)
    expect(leak).toMatchObject({ kind, value })
  })

  test.each([
    'jane@localhost',
    '300.1.1.1',
    'version 1.2.3.4.5',
    'std::vector<a::b>',
    'at 10:20:30',
    '2024-05-06 10:20:30',
    'room 12-34-56',
    'order 20231105123456',
    '3.14159265358979',
    '555-0199',
  ])('%s is none', (text) => {
    expect(kindsIn(text)).toEqual([])
  })
})
