import type { Estimate, HealthCheck, Report } from '@merlon/core'
import {
  countText,
  intervalText,
  isShare,
  labelTexts,
  nameText,
  numberText,
  valueText,
} from './figures.ts'
import { axisOf, badge, icon, whisker } from './html-parts.ts'
import { type Markup, markup } from './markup.ts'

const tilesMax = 4
/** A share of what others left, or of what stood half-way, is no headline. */
const partial: ReadonlySet<string> = new Set(['kept of the remaining', 'robust accuracy so far'])

/** Of figures that differ only in their attack the least one; of more than four the first and the last three. */
function headlines(estimates: readonly Estimate[]): readonly Estimate[] {
  const least = new Map<string, Estimate>()
  for (const estimate of estimates) {
    const { name, norm, epsilon } = estimate
    if (estimate.class !== undefined || partial.has(name)) continue
    const key = JSON.stringify([name, norm, epsilon])
    const known = least.get(key)
    if (known === undefined || estimate.value <= known.value) least.set(key, estimate)
  }
  const all = [...least.values()]
  return all.length <= tilesMax ? all : [...all.slice(0, 1), ...all.slice(1 - tilesMax)]
}

/** The figures that a reader came for, large. */
export function figureTiles({ estimates }: Report): Markup | undefined {
  if (estimates.length === 0) return undefined
  const tiles = headlines(estimates).map(
    (estimate) => markup`<div class="tile">
<div class="name">${nameText(estimate.name)}</div>
<div class="of">${labelTexts(estimate).join(' · ')}</div>
<div class="value">${valueText(estimate)}</div>
<div class="soft small">${intervalText(estimate)} · n ${estimate.n}</div>
${whisker(estimate, axisOf(estimate, estimates))}
</div>`,
  )
  return markup`<div class="tiles">${tiles}</div>`
}

/** Every figure with its interval, count, queries and method. */
export function figureTable({ estimates }: Report): Markup {
  if (estimates.length === 0) {
    return markup`<section id="figures"><h2>Figures</h2><p>Nothing was measured.</p></section>`
  }
  const axis = estimates.every(isShare)
    ? markup`<span class="axis"><span>0 %</span><span>50</span><span>100 %</span></span>`
    : markup`from 0`
  return markup`<section id="figures"><h2>Figures</h2>
<p>A dot is what was measured on the samples. The band around it is the 95 % interval: of 100 bands made this way, about 95 hold the true value.</p>
<div class="card scroll" role="region" aria-label="Figures" tabindex="0"><table>
<thead><tr><th scope="col">Figure</th><th scope="col">Of</th><th scope="col" class="number">Value</th><th scope="col" class="number">95 % interval</th><th scope="col">${axis}</th><th scope="col" class="number">Samples</th><th scope="col" class="number">Queries</th><th scope="col">Method</th></tr></thead>
<tbody>${estimates.map((estimate) => figureRow(estimate, estimates))}</tbody>
</table></div></section>`
}

function figureRow(estimate: Estimate, all: readonly Estimate[]): Markup {
  const tags = labelTexts(estimate).map((text) => markup`<span class="tag">${text}</span>`)
  return markup`<tr><th scope="row" class="figure">${nameText(estimate.name)}</th><td>${tags}</td><td class="number strong">${valueText(estimate)}</td><td class="number">${intervalText(estimate)}</td><td>${whisker(estimate, axisOf(estimate, all))}</td><td class="number">${estimate.n.toLocaleString('en')}</td><td class="number">${estimate.queries.toLocaleString('en')}</td><td class="soft small">${estimate.method}</td></tr>
`
}

/** Whether the attacks were able to do their work: a weak attack looks like a strong model. What is well is folded. */
export function healthTable({ health }: Report): Markup | undefined {
  if (health.length === 0) return undefined
  const unhealthy = health.filter(({ isHealthy }) => !isHealthy)
  const healthy = health.filter(({ isHealthy }) => isHealthy)
  const folded = markup`<details><summary>${icon('healthy')}${countText(healthy.length, 'check')} healthy</summary>${healthRows('Healthy', healthy)}</details>`
  return markup`<section id="health"><h2>Health of the measurements</h2>
<p>An attack that could not work looks like a model that withstands it. These checks tell the two apart.</p>
${unhealthy.length === 0 ? undefined : healthRows('Unhealthy', unhealthy)}
${healthy.length === 0 ? undefined : folded}</section>`
}

function healthRows(title: string, checks: readonly HealthCheck[]): Markup {
  return markup`<div class="card scroll" role="region" aria-label="${title} measurements" tabindex="0"><table>
<thead><tr><th scope="col">State</th><th scope="col">Attack</th><th scope="col">Check</th><th scope="col" class="number">Value</th><th scope="col" class="number">Threshold</th><th scope="col">What it means</th></tr></thead>
<tbody>${checks.map(healthRow)}</tbody>
</table></div>`
}

function healthRow({ attack, name, isHealthy, value, threshold, meaning }: HealthCheck): Markup {
  return markup`<tr><td>${badge(isHealthy ? 'healthy' : 'unhealthy')}</td><td>${attack}</td><th scope="row" class="figure">${nameText(name)}</th><td class="number strong">${numberText(value)}</td><td class="number">${numberText(threshold)}</td><td class="soft wide">${meaning}</td></tr>
`
}
