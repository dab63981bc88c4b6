import type { Illustration, Picture, Report } from '@merlon/core'
import { type Markup, markup } from './markup.ts'
import { pngDataUri } from './picture.ts'
import { replayLines } from './replay.ts'

/** Tables of pictures: a row for each sample, enlarged without smoothing, so that each pixel shows. */
export function pictureTables({ illustrations }: Report): Markup | undefined {
  if (illustrations.length === 0) return undefined
  return markup`<section id="pictures"><h2>Pictures</h2><p>Samples as the model sees them.</p>${illustrations.map(pictureTable)}</section>`
}

function pictureTable({ caption, columns, rows }: Illustration): Markup {
  const heads = columns.map((column) => markup`<th scope="col">${column}</th>`)
  const body = rows.map(
    ({ label, pictures }) =>
      markup`<tr><th scope="row">${label}</th>${pictures.map((one) => markup`<td>${pictureOf(one)}</td>`)}</tr>\n`,
  )
  return markup`<figure class="card"><div class="scroll" role="region" aria-label="Pictures: ${caption}" tabindex="0"><table class="pictures"><thead><tr><th scope="col">Sample</th>${heads}</tr></thead><tbody>${body}</tbody></table></div><figcaption>${caption}</figcaption></figure>`
}

/** Pictures are shown about this large. */
const sidePixels = 112

function pictureOf(picture: Picture): Markup {
  const scale = Math.max(1, Math.round(sidePixels / Math.max(picture.width, picture.height)))
  return markup`<img src="${pngDataUri(picture)}" width="${picture.width * scale}" height="${picture.height * scale}" alt="${picture.alt}">`
}

/** Everything that is needed to run this again and to know that it was run on the same bytes. */
export function replaySection(report: Report): Markup {
  const options = Object.entries(report.options)
  const command = replayLines(report)
  const inputs = report.inputs.map(
    ({ path, sha256 }) =>
      markup`<tr><td class="mono">${path}</td><td class="mono digest">${sha256}</td></tr>`,
  )
  const inputTable = markup`<div class="card scroll" role="region" aria-label="Inputs" tabindex="0"><table><thead><tr><th scope="col">Input</th><th scope="col">SHA-256</th></tr></thead><tbody>${inputs}</tbody></table></div>`
  const optionList = markup`<div class="two"><div class="card"><h3>Options</h3><dl class="pairs">${options.map(
    ([name, value]) => markup`<dt class="mono">${name}</dt><dd class="mono">${value}</dd>`,
  )}</dl></div></div>`
  return markup`<section id="replay"><h2>Replay</h2>
<p>The same seed, inputs and version give the same figures. Only the time and the duration differ.</p>
${command === undefined ? undefined : markup`<pre class="command">${command}</pre>`}
${options.length === 0 ? undefined : optionList}
<div class="two">${report.inputs.length === 0 ? markup`<div class="card nothing none">No file was read.</div>` : inputTable}</div>
</section>`
}
