/**
 * Takes the README's pictures from a demo that really runs: `node tools/build.mjs && npx tsx tools/screenshots.ts`.
 * Needs Chromium, as the end-to-end tests do.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { chromiumArgs } from '../test/support/chromium.ts'
import { root } from '../test/support/merlon.ts'
import { startMerlon } from '../test/support/running.ts'
import { found } from './requirements.ts'

const images = `${root}docs/images`
const executablePath = found.chromium
if (executablePath === undefined) throw new Error('Chromium is not here: install it first')

const folder = mkdtempSync(join(tmpdir(), 'merlon-screenshots-'))
const server = await startMerlon(folder)
const browser = await chromium.launch({ executablePath, args: chromiumArgs })
try {
  mkdirSync(images, { recursive: true })
  await traffic()
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
  })
  await page.goto(server.loginUrl)
  await page.getByRole('heading', { name: 'Last assessment' }).waitFor()
  // The log is verified a few seconds after the start.
  await page.getByText('whole when last verified').waitFor()
  await page.waitForTimeout(1000)
  await page.screenshot({ path: `${images}/overview.png` })

  await page.getByRole('region', { name: 'Last assessment' }).getByRole('link').first().click()
  const pictures = page.locator('img[src^="data:image/png"]')
  await pictures.first().waitFor()
  const region = page.getByRole('region', { name: 'Pictures' })
  await region.screenshot({ path: `${images}/adversarial.png` })
} finally {
  await browser.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Some that pass and some that do not, so that the pictures show both. */
async function traffic(): Promise<void> {
  const url = `${server.url}/v2/models/digits/infer`
  const body = readFileSync(`${folder}/.merlon/demo/digit-${server.expectedDigit}.json`, 'utf8')
  const wrong = body.replace('28,28', '28,27')
  const ask = (key: string, text: string) =>
    fetch(url, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: text })
  for (let i = 0; i < 12; i++) await ask(server.apiKey, body)
  for (const [key, text] of [
    ['guess', body],
    [server.apiKey, wrong],
    [server.apiKey, body.replace(/"data":\[[^,]+/, '"data":[NaN')],
    ['', body],
  ] as const) {
    await ask(key, text)
  }
}
