import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { callerOf } from './caller.ts'
import { GatewayConfig, routePolicies } from './config.ts'
import { gatewayErrorPages } from './error-pages.ts'
import { statuses } from './gateway-error.ts'
import { limits } from './limits.ts'
import { targetOf } from './target.ts'

describe('a path', () => {
  test.each([
    ['/v2', { kind: 'server' }],
    ['/v2/', { kind: 'server' }],
    ['/v2/health/live', { kind: 'live' }],
    ['/v2/models/a', { kind: 'model', model: 'a', version: undefined }],
    ['/v2/models/a.b-c_1/infer', { kind: 'infer', model: 'a.b-c_1', version: undefined }],
    ['/v2/models/a/versions/2/ready', { kind: 'model-ready', model: 'a', version: '2' }],
  ])('%s has one meaning', (path, target) => {
    expect(targetOf(path)).toEqual(target)
  })

  test.each([
    '/',
    '',
    '*',
    '/V2',
    '//v2',
    '/v2//',
    '/v2/models',
    '/v2/models/',
    '/v2/models/.',
    '/v2/models/..',
    '/v2/models/a%2finfer',
    '/v2/models/%61',
    '/v2/models/a/infer/x',
    '/v2/models/a;b',
    '/v2/models/a\\infer',
    'http://test/v2',
    '/v2/constructor',
    '__proto__',
  ])('%s has none', (path) => {
    expect(targetOf(path)).toBeUndefined()
  })
})

describe('a caller', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s is counted as %s', (address, caller) => {
    expect(callerOf(address)).toBe(caller)
  })
})

describe('the section routes', () => {
  const auth = { roles: ['inference'] }

  test('has defaults and becomes policies by name, with and without the prefix', () => {
    const config = GatewayConfig.parse({
      '/v2/models/digits': { model: 'cnn', auth },
      plain: { model: 'cnn', auth, limits: { burst: 7 } },
    })
    expect([...routePolicies(config)]).toEqual([
      [
        'digits',
        {
          route: '/v2/models/digits',
          model: 'cnn',
          roles: ['inference'],
          requestsPerSecond: 50,
          burst: 100,
          bodyBytesMax: 2 ** 20,
        },
      ],
      [
        'plain',
        {
          route: '/v2/models/plain',
          model: 'cnn',
          roles: ['inference'],
          requestsPerSecond: 50,
          burst: 7,
          bodyBytesMax: 2 ** 20,
        },
      ],
    ])
  })

  test.each([
    ['a typo', { a: { model: 'm', auth, limit: {} } }],
    ['no roles', { a: { model: 'm', auth: { roles: [] } } }],
    ['an open route', { a: { model: 'm' } }],
    ['a path that no request can have', { '/v2/models/a/b': { model: 'm', auth } }],
    ['a rate of zero', { a: { model: 'm', auth, limits: { requestsPerSecond: 0 } } }],
  ])('refuses %s', (_, config) => {
    expect(GatewayConfig.safeParse(config).success).toBe(false)
  })
})

test('each code that refuses has a page', () => {
  const codes = Object.keys(statuses).filter((code) => code !== 'OK')
  expect(Object.keys(gatewayErrorPages).sort()).toEqual(codes.sort())
})

describe('the reference', () => {
  const page = readFileSync(new URL('../../../docs/reference/gateway.md', import.meta.url), 'utf8')

  test('lists each code with its status, and no other', () => {
    const rows = [...page.matchAll(/^\| (\d{3}) \| `([A-Z_]+)` \|/gm)]
    expect(Object.fromEntries(rows.map(([, status, code]) => [code, Number(status)]))).toEqual(
      statuses,
    )
  })

  test.each([
    ['tensors in a request', limits.elementsMax.toLocaleString('en')],
    ['inferences at once', String(limits.concurrentInferencesMax)],
    ['filters and model', `${limits.inferMs / 1000} s`],
    ['connections', limits.connectionsMax.toLocaleString('en')],
    ['header of a request', `${limits.headerBytesMax / 1024} KiB`],
    ['draining', `${limits.drainMs / 1000} s`],
  ])('says what the bound on %s is', (bound, value) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${bound}`))
    expect(row).toContain(value)
  })
})
