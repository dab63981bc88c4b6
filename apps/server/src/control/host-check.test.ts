import { describe, expect, test } from 'vitest'
import { allowedHostNames, isAllowedHost, isSameOrigin } from './host-check.ts'

describe('the Host header', () => {
  const names = allowedHostNames('127.0.0.1', 'https://merlon.example.com/x')

  test('may be a loopback name or the configured one, with any port', () => {
    for (const host of [
      '127.0.0.1:8421',
      'localhost',
      '[::1]:1',
      'LOCALHOST:80',
      'merlon.example.com',
    ]) {
      expect(isAllowedHost(host, names), host).toBe(true)
    }
  })

  test('may be nothing else, however close it looks', () => {
    const others = [
      'evil.com',
      'localhost.evil.com',
      'evil.com:8421',
      '127.0.0.1@evil.com',
      '',
      '127.0.0.1 ',
    ]
    for (const host of [...others, 'localhost:80:80', '127.0.0.2', '[::1', undefined]) {
      expect(isAllowedHost(host, names), host).toBe(false)
    }
  })

  test('may not be the address that stands for all addresses', () => {
    expect(isAllowedHost('0.0.0.0:8421', allowedHostNames('0.0.0.0', undefined))).toBe(false)
    expect(isAllowedHost('10.0.0.5:8421', allowedHostNames('10.0.0.5', undefined))).toBe(true)
  })
})

describe('the origin of a changing request', () => {
  const given = {
    origin: undefined,
    fetchSite: undefined,
    host: 'localhost:1',
    publicUrl: undefined,
  }

  test('is the console itself, or no browser at all', () => {
    expect(isSameOrigin(given)).toBe(true)
    expect(isSameOrigin({ ...given, origin: 'http://localhost:1', fetchSite: 'same-origin' })).toBe(
      true,
    )
  })

  test('is never another site, another port or no origin', () => {
    for (const origin of [
      'http://evil.com',
      'http://localhost:2',
      'null',
      'http://localhost:1.evil.com',
    ]) {
      expect(isSameOrigin({ ...given, origin }), origin).toBe(false)
    }
    for (const fetchSite of ['cross-site', 'same-site']) {
      expect(isSameOrigin({ ...given, fetchSite }), fetchSite).toBe(false)
    }
  })

  test('may be the public address where something in front ends TLS', () => {
    const publicUrl = 'https://merlon.example.com'
    expect(isSameOrigin({ ...given, origin: publicUrl, publicUrl })).toBe(true)
  })
})
