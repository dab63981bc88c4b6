import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeWith } from '../../../tools/requirements.ts'
import { toHtml } from './html.ts'
import { sampleReport } from './sample-report.test-support.ts'

describeWith('chromium', 'the HTML report in a browser', (executablePath) => {
  async function withPage(
    colorScheme: 'light' | 'dark',
    html: string,
    look: (page: Page, faults: string[]) => Promise<void>,
  ): Promise<void> {
    let browser: Browser | undefined
    try {
      const args = ['--no-sandbox', '--disable-gpu', '--disable-quic']
      browser = await chromium.launch({ executablePath, args })
      const page = await (await browser.newContext({ colorScheme, offline: true })).newPage()
      const faults: string[] = []
      page.on('console', (message) => faults.push(message.text()))
      page.on('pageerror', (error) => faults.push(error.message))
      await page.setContent(html)
      await look(page, faults)
    } finally {
      await browser?.close()
    }
  }

  test.each(['light', 'dark'] as const)('has no accessibility fault in the %s', async (scheme) => {
    await withPage(scheme, toHtml(sampleReport()), async (page) => {
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    })
  })

  test('is styled under its own policy, shows its pictures and reports no fault', async () => {
    await withPage('light', toHtml(sampleReport()), async (page, faults) => {
      const seen = await page.evaluate(() => ({
        surface: getComputedStyle(document.querySelector('.card')!).borderRadius,
        pictures: [...document.images].every((image) => image.naturalWidth === 4),
      }))
      expect(seen).toEqual({ surface: '12px', pictures: true })
      expect(faults).toEqual([])
    })
  })

  test('the policy stops a script that someone adds to the file', async () => {
    const tampered = toHtml(sampleReport()).replace(
      '</body>',
      '<script>document.title = "taken"</script><img src="x" onerror="document.title = 1"></body>',
    )
    await withPage('light', tampered, async (page, faults) => {
      expect(await page.title()).toBe('Findings: Assessment of digits.onnx')
      expect(faults.length).toBeGreaterThan(0)
    })
  })
})
