import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { describeWith } from '../tools/requirements.ts'
import { chromiumArgs } from './support/chromium.ts'
import { copyOf } from './support/demo-template.ts'
import { merlon } from './support/merlon.ts'
import { type Running, startMerlon } from './support/running.ts'

/** Each page, and something that is there only when its data is; `:id` is the newest assessment. */
const pages: readonly (readonly [path: string, heading: RegExp, data: RegExp])[] = [
  ['/', /^Overview$/, /Last assessment/],
  ['/models', /^Models$/, /digits/],
  ['/models/digits', /digits/, /logits/],
  ['/assessments', /^Assessments$/, /robust accuracy/i],
  ['/assessments/:id', /^Assessment of digits$/, /Robust accuracy by epsilon/],
  ['/assessments/compare?a=:id&b=:id', /^Compare assessments$/, /no difference shown/],
  ['/gateway', /^Gateway$/, /demo/],
  ['/gateway/keys', /^Gateway$/, /demo/],
  ['/audit', /Audit/, /server/],
  ['/audit/0', /^Record 0$/, /Proven/],
]

describeWith('chromium', 'the console', (executablePath) => {
  let folder: string
  let server: Running
  let browser: Browser
  const complaints: string[] = []

  beforeAll(async () => {
    folder = copyOf(inject('demoTemplate'), 'console')
    server = await startMerlon(folder)
    browser = await chromium.launch({ executablePath, args: chromiumArgs })
    await fetch(`${server.url}/v2/models/digits`, {
      headers: { authorization: `Bearer ${server.apiKey}` },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  /** A page of a browser that has logged in once; the session is shared by all tests. */
  let storage: Awaited<ReturnType<Awaited<ReturnType<Browser['newContext']>>['storageState']>>
  let newest = ''
  async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 1440, height: 900 },
      ...(storage === undefined ? {} : { storageState: storage }),
    })
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${path}: ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`))
    await page.goto(path.startsWith('http') ? path : server.url + path.replaceAll(':id', newest))
    return page
  }

  test('logs in with the link that start printed, once', async () => {
    const page = await open(server.loginUrl)
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    expect(page.url()).not.toContain('token')
    storage = await page.context().storageState()
    newest = await page.evaluate(async () => {
      const { assessments } = await (await fetch('/api/v1/assessments')).json()
      return assessments[0].id
    })
    await page.context().close()

    const second = await (await browser.newContext()).newPage()
    await second.goto(server.loginUrl)
    await second.getByRole('alert').first().waitFor()
    expect(second.url()).toContain('/login')
    await second.context().close()
  })

  test.each(pages)('shows live data on %s', async (path, heading, data) => {
    const page = await open(path)
    await page.getByRole('heading', { name: heading, level: 1 }).first().waitFor()
    await page.getByText(data).first().waitFor()
    await page.context().close()
  })

  test('shows the pictures that fooled the model', async () => {
    const page = await open('/assessments')
    await page.locator('table a').first().click()
    await page.getByText('Open assessment').click()
    const pictures = page.locator('img[src^="data:image/png"]')
    await pictures.first().waitFor()
    expect(await pictures.count()).toBeGreaterThanOrEqual(3)
    await page.context().close()
  })

  test('draws curves with their numbers as a table, and accepted findings apart', async () => {
    const data = `${server.stateDir}/demo/data/digits`
    const about = ['--data', data, '--attack', 'fgsm', '--epsilon', '0.1,0.3', '--samples', '20']
    const line = ['assess', `${server.stateDir}/demo/models/digits.onnx`, ...about, '--json']
    const { stdout } = await merlon(line, { cwd: folder })
    const baseline = `${folder}/baseline.json`
    writeFileSync(baseline, stdout)
    await merlon([...line, '--baseline', baseline], { cwd: folder })

    const page = await open('/assessments')
    await page.locator('tbody tr').first().locator('a').first().click()
    await page.getByText('Open assessment').click()
    const curves = page.getByRole('region', { name: 'Curves', exact: true })
    await curves.getByRole('img', { name: /Robust accuracy by epsilon/ }).waitFor()
    await curves.getByText('Numbers').first().click()
    const numbers = page.getByRole('region', { name: 'Robust accuracy by epsilon: numbers' })
    expect(await numbers.locator('tbody tr').count()).toBe(3)
    const accepted = page.getByRole('region', { name: 'Accepted findings' })
    expect(await accepted.getByText('Accepted by the baseline').count()).toBeGreaterThan(0)
    await page.getByText('Nothing fails the run').waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id }) => id)).toEqual([])
    await page.context().close()
  })

  test('starts an assessment, follows it, stops it and lays it beside another', async () => {
    const page = await open('/assessments?start=yes')
    await page.getByLabel('Attacks').selectOption('pgd')
    await page.getByLabel('Epsilon').fill('0.3')
    await page.getByLabel('Samples').fill('40')
    await page.getByRole('button', { name: 'Start assessment' }).last().click()
    await page.waitForURL(/assessments\/0/)
    await page.getByText('HTML report').waitFor()
    await page.getByText('Robust accuracy, PGD L∞ ε 0.3 not AutoAttack').first().waitFor()
    const choice = page.getByLabel('Compare with')
    await choice.selectOption({ index: 1 })
    await page.waitForURL(/assessments\/compare/)
    await page.getByText('no difference shown').first().waitFor()

    await page.goto(`${server.url}/assessments?start=yes`)
    await page.getByLabel('Attacks').selectOption('deep')
    await page.getByRole('button', { name: 'Start assessment' }).last().click()
    await page.getByRole('button', { name: 'Stop it' }).click()
    await page.getByText('Somebody stopped it').waitFor()
    await page.context().close()
  })

  test('shows a blocked request as it happens, without a reload', async () => {
    const page = await open('/gateway')
    const rows = page.getByRole('row').filter({ hasText: 'KEY_MALFORMED' })
    await page.getByText('Live').first().waitFor()
    const before = await rows.count()
    await fetch(`${server.url}/v2/models/digits`, { headers: { authorization: 'Bearer guess' } })
    await expect.poll(() => rows.count(), { timeout: 5000 }).toBe(before + 1)
    await page.context().close()
  })

  test('is worked by the keyboard alone', async () => {
    const page = await open('/')
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('m')
    await page.waitForURL('**/models')
    await page.keyboard.press('Control+k')
    await page.locator('input[role=combobox]:focus').waitFor()
    await page.keyboard.type('audit')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/audit*')
    await page.context().close()
  })

  test('keeps strangers and forged requests out', async () => {
    const anonymous = await fetch(`${server.url}/api/v1/overview`)
    expect(anonymous.status).toBe(401)
    const cookie = storage.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const forged = await fetch(`${server.url}/api/v1/keys`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'forged', roles: ['infer'] }),
    })
    expect(forged.status).toBe(403)
    const page = await fetch(server.url)
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*script-src 'self'/,
    )
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
  })

  test.each(
    (['light', 'dark'] as const).flatMap((scheme) =>
      pages.map(([path, , data]) => [path, scheme, data] as const),
    ),
  )('has no accessibility violations on %s in %s', async (path, scheme, data) => {
    const page = await open(path, scheme)
    await page.getByText(data).first().waitFor()
    const { violations, passes } = await new AxeBuilder({ page }).analyze()
    expect(passes.length).toBeGreaterThan(0)
    const told = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    )
    expect(told).toEqual([])
    await page.context().close()
  })

  test('said nothing to the browser console on the way', () => {
    const unexpected = complaints.filter((line) => !/status of 401/.test(line))
    expect(unexpected).toEqual([])
    expect(readFileSync(`${folder}/.merlon/audit/checkpoint`, 'utf8')).toContain(
      'merlon.local/demo',
    )
  })
})
