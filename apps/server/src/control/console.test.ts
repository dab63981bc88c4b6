import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Served, served, writeConsole } from '../served.test-support.ts'
import { readConsoleFiles } from './console-files.ts'

let it: Served
beforeAll(async () => {
  it = await served()
})
afterAll(() => it.server.close())

describe('the console', () => {
  test('is served with a policy that lets nothing in but its own files', async () => {
    const { status, headers, text } = await it.ask('/')
    expect(status).toBe(200)
    expect(text).toContain('<title>console</title>')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    )
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
    })
  })

  test('keeps hashed assets for ever and asks for its document anew each time', async () => {
    const asset = await it.ask('/assets/app-1a2b.js')
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(asset.headers['content-type']).toBe('text/javascript; charset=utf-8')
    const etag = String((await it.ask('/')).headers.etag)
    expect((await it.ask('/', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  test('answers its own paths with its document, and a missing file with 404', async () => {
    for (const path of ['/models/digits', '/gateway/keys', '/audit/12']) {
      expect((await it.ask(path)).text).toContain('console')
    }
    expect((await it.ask('/assets/gone.js')).status).toBe(404)
    expect((await it.ask('/favicon.ico')).status).toBe(404)
  })

  test('serves no file outside its folder, however the path is written', async () => {
    const paths = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '//secret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '/secret.txt%00.js',
    ]
    for (const path of paths) {
      const { status, text } = await it.ask(path)
      expect(text, path).not.toContain('secret')
      expect([400, 404], path).toContain(status)
    }
  })

  test('does not follow a link out of its folder', async () => {
    const folder = writeConsole()
    symlinkSync(join(folder, '..', 'secret.txt'), join(folder, 'link.txt'))
    expect([...(await readConsoleFiles(folder)).keys()].sort()).toEqual([
      '/assets/app-1a2b.js',
      '/index.html',
    ])
  })

  test('is refused under a name that is not the server', async () => {
    for (const path of ['/', '/api/v1/health', '/api/v1/session']) {
      const { status, text } = await it.ask(path, { headers: { host: 'evil.com' } })
      expect(status).toBe(421)
      expect(text).toContain('HOST_REFUSED')
    }
  })
})
