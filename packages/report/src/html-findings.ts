import { type Finding, placeText, type Reference, type Report } from '@merlon/core'
import { badge, icon } from './html-parts.ts'
import { type Markup, markup } from './markup.ts'
import { referenceAddress } from './reference-address.ts'
import { worstFirst } from './summary.ts'

/** What is wrong, worst first, each with its evidence and what to do. */
export function findingCards({ findings, verdict }: Report): Markup {
  if (findings.length > 0) {
    return markup`<section id="findings"><h2>Findings</h2>${worstFirst(findings).map(findingCard)}</section>`
  }
  const isClean = verdict === 'clean'
  const text = isClean ? 'Nothing was found.' : 'Nothing was found in what was checked.'
  const drawn = icon(isClean ? 'clean' : 'unchecked')
  return markup`<section id="findings"><h2>Findings</h2><div class="card nothing${isClean ? '' : ' none'}">${drawn}${text}</div></section>`
}

function findingCard(finding: Finding): Markup {
  const references =
    finding.references.length === 0
      ? undefined
      : markup`<dt>See also</dt><dd><ul>${finding.references.map(referenceItem)}</ul></dd>`
  return markup`<article class="card finding">
<header>${badge(finding.severity)}${effectBadge(finding)}<h3>${finding.title}</h3><code class="rule">${finding.rule}</code></header>
<dl class="pairs">
<dt>Where</dt><dd class="mono">${placeText(finding.place)}</dd>
<dt>Evidence</dt><dd><pre class="evidence">${finding.evidence}</pre></dd>
<dt>What to do</dt><dd>${finding.fix}</dd>
${references}
<dt>Identifier</dt><dd><code class="soft">${finding.id}</code></dd>
</dl></article>
`
}

function effectBadge({ effect }: Finding): Markup | undefined {
  if (effect === undefined) return undefined
  const text = effect === 'accepted' ? 'Accepted by the baseline' : 'Fails the run'
  return markup`<span class="badge accepted">${text}</span>`
}

function referenceItem(reference: Reference): Markup {
  const { catalogue, id, title } = reference
  const address = referenceAddress(reference)
  const name = markup`${catalogue} ${id}`
  const shown =
    address === undefined ? name : markup`<a href="${address}" rel="noreferrer">${name}</a>`
  return markup`<li>${shown} <span class="soft">${title}</span></li>`
}

/** What was not looked at, drawn unlike anything that was: dashed, hatched, with a stroke instead of a tick. */
export function skippedCards({ skipped }: Report): Markup {
  if (skipped.length === 0) {
    return markup`<section id="skipped"><h2>Not checked</h2><div class="card nothing">${icon('clean')}Nothing was skipped.</div></section>`
  }
  return markup`<section id="skipped"><h2>Not checked</h2>
<p>Nobody looked here. That is not a clean result, and the exit code says so.</p>
${skipped.map(({ what, why }) => markup`<div class="unlooked"><h3>${icon('unchecked')}${what}</h3><p>${why}</p></div>`)}</section>`
}
