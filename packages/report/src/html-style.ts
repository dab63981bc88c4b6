/** The visual language as values, the same as the console's: name, in the light, in the dark. */
const colours: readonly (readonly [name: string, light: string, dark: string])[] = [
  ['ground', '#f6f6f4', '#111214'],
  ['surface', '#ffffff', '#18191c'],
  ['sunken', '#f1f1ee', '#0d0e10'],
  ['line', '#e3e3de', '#292b30'],
  ['line-strong', '#8a8a84', '#6f747d'],
  ['ink', '#1a1b1e', '#ececea'],
  ['ink-soft', '#54575d', '#a5a9b1'],
  ['accent', '#3346c9', '#96a4ff'],
  ['accent-ground', '#dfe3fb', '#2a3058'],
  ['critical', '#a10d3a', '#ff8ba6'],
  ['critical-ground', '#fdeaf0', '#3a1420'],
  ['high', '#b03a06', '#ff9d70'],
  ['high-ground', '#fdeee5', '#371c10'],
  ['medium', '#7a5600', '#ecc14f'],
  ['medium-ground', '#fbf3d9', '#2f2610'],
  ['low', '#24618f', '#82bdea'],
  ['low-ground', '#e6f1f9', '#12273a'],
  ['info', '#54575d', '#a5a9b1'],
  ['info-ground', '#efefec', '#25272c'],
  ['ok', '#17693b', '#6fce96'],
  ['ok-ground', '#e5f5eb', '#112b1c'],
]

/** Lines of a plot, told apart by dashes as well as by colour. */
const series: readonly (readonly [light: string, dark: string, dashes: string])[] = [
  ['#3346c9', '#96a4ff', 'none'],
  ['#b03a06', '#ff9d70', '6 3'],
  ['#17693b', '#6fce96', '2 3'],
  ['#7a5600', '#ecc14f', '9 3 2 3'],
  ['#a10d3a', '#ff8ba6', '1 4'],
  ['#54575d', '#a5a9b1', '12 4'],
]
const seriesRules = series
  .map(
    ([, , dashes], k) =>
      `.series-${k}{--own:var(--series-${k})}.line.series-${k}{stroke-dasharray:${dashes}}`,
  )
  .join('')
const lightSeries = series.map(([light], k) => `--series-${k}:${light}`).join(';')
const darkSeries = series.map(([, dark], k) => `--series-${k}:${dark}`).join(';')

const lightValues = colours.map(([name, light]) => `--${name}:${light}`).join(';')
const darkValues = colours.map(([name, , dark]) => `--${name}:${dark}`).join(';')

/** The report's whole style sheet. Paper is always light. */
export const style = `
:root{color-scheme:light dark;${lightValues};${lightSeries};
--sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Code","Segoe UI Mono","Roboto Mono","Liberation Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root{${darkValues};${darkSeries}}}
*,*::before,*::after{box-sizing:border-box}
html{background:var(--ground);color:var(--ink);font:14px/1.5 var(--sans);-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1,h2,h3,p,dl,dd,ul,pre,figure,table{margin:0;padding:0}
ul{list-style:none}
h1{font-size:26px;font-weight:640;letter-spacing:-.017em;line-height:1.2}
h2{font-size:17px;font-weight:630;letter-spacing:-.008em}
h3{font-size:14.5px;font-weight:620}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
code,pre,.mono{font-family:var(--mono);font-size:12.5px}
.page{max-width:1040px;margin:0 auto;padding:28px 28px 64px}
.soft{color:var(--ink-soft)}
.small{font-size:12.5px}
.top{display:flex;align-items:center;gap:10px;padding-bottom:26px}
.top strong{font-size:15px;letter-spacing:-.01em}
.top .soft{margin-left:auto}
.mark{width:24px;height:24px;flex:none}
.mark rect{fill:#3346c9}.mark path{fill:#fff}
.facts{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:8px;color:var(--ink-soft)}
.facts b{font-weight:560;color:var(--ink)}
.icon{width:16px;height:16px;flex:none;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.icon .ring{stroke-dasharray:2.4 2.3}
.badge{display:inline-flex;align-items:center;gap:5px;padding:1px 9px 1px 6px;border:1px solid transparent;border-radius:99px;font-size:12px;font-weight:570;line-height:19px;white-space:nowrap}
.badge .icon{width:14px;height:14px}
.critical{color:var(--critical);background:var(--critical-ground)}
.high{color:var(--high);background:var(--high-ground)}
.medium{color:var(--medium);background:var(--medium-ground)}
.low{color:var(--low);background:var(--low-ground)}
.info{color:var(--info);background:var(--info-ground)}
.ok{color:var(--ok);background:var(--ok-ground)}
.unchecked{color:var(--ink-soft);background:none;border:1px dashed var(--line-strong)}
.banner{display:flex;align-items:center;gap:16px;margin-top:22px;padding:18px 20px;border-radius:12px;border-width:1px;border-style:solid;border-color:transparent}
.banner.unchecked{border-style:dashed;border-color:var(--line-strong)}
.banner>.icon{width:34px;height:34px;stroke-width:1.2}
.banner .word{font-size:20px;font-weight:650;letter-spacing:-.012em;line-height:1.25}
.banner .why{color:var(--ink)}
.banner .exit{margin-left:auto;text-align:right;white-space:nowrap;font-size:12.5px}
.banner .exit b{display:block;font:600 20px/1.2 var(--mono)}
.tally{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
.tally .none{color:var(--ink-soft)}
.tally .none .badge{color:var(--ink-soft);background:none;border:1px solid var(--line)}
.tally .none .badge.unchecked{border-style:dashed}
.tally .badge b{font-weight:700}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,1fr));gap:12px;margin-top:20px}
.tile{padding:14px 16px 12px;border:1px solid var(--line);border-radius:12px;background:var(--surface)}
.tile .name{font-weight:560}
.tile .of{color:var(--ink-soft);font-size:12.5px;min-height:19px}
.tile .value{margin:6px 0 2px;font-size:30px;font-weight:620;letter-spacing:-.025em;line-height:1.15}
.tile .whisker{width:100%;margin-top:6px}
.contents{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:22px;padding:9px 0;border-block:1px solid var(--line);font-size:13px}
.contents a{text-decoration:none}
.contents a:hover{text-decoration:underline}
section{margin-top:34px}
section>h2{margin-bottom:8px}
section>h2+p{margin-top:-4px}
section>p{max-width:100ch;color:var(--ink-soft);margin-bottom:12px}
.card{border:1px solid var(--line);border-radius:12px;background:var(--surface);overflow:hidden}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse}
th,td{padding:9px 11px;text-align:left;vertical-align:middle;border-top:1px solid var(--line)}
thead th{border-top:0;padding-block:8px;color:var(--ink-soft);font-size:12px;font-weight:560;white-space:nowrap;background:var(--sunken)}
tbody th{font-weight:560}
th:first-child,td:first-child{padding-left:16px}
th:last-child,td:last-child{padding-right:16px}
.figure{white-space:nowrap}
.wide{width:46%;min-width:240px}
details{margin-top:10px}
summary{display:flex;align-items:center;gap:8px;width:fit-content;padding:5px 12px 5px 9px;border:1px solid var(--line);border-radius:99px;background:var(--surface);cursor:pointer;list-style:none;font-weight:560}
summary::-webkit-details-marker{display:none}
summary .icon{color:var(--ok)}
summary::after{content:"show";margin-left:4px;color:var(--accent);font-weight:450}
details[open] summary::after{content:"hide"}
details[open] summary{margin-bottom:10px}
tbody tr:first-child>*{border-top:0}
.number{text-align:right;white-space:nowrap}
.strong{font-weight:620}
.tag{display:inline-block;margin:1px 4px 1px 0;padding:0 7px;border-radius:5px;background:var(--sunken);color:var(--ink-soft);font-size:12px;line-height:19px;white-space:nowrap}
.whisker{display:block;width:200px;height:20px}
.tick{stroke:var(--line)}
.span{stroke:var(--accent-ground);stroke-width:7;stroke-linecap:round}
.ends{stroke:var(--accent);stroke-width:1.5;stroke-linecap:round}
.dot{fill:var(--accent);stroke:var(--surface);stroke-width:1.5}
.axis{display:flex;justify-content:space-between;width:200px;padding:0 2px}
.finding{margin-top:12px;padding:16px 18px}
.finding header{display:flex;flex-wrap:wrap;align-items:center;gap:8px 10px}
.finding h3{flex:1 1 320px}
.finding .rule{color:var(--ink-soft)}
.pairs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:7px 16px;margin-top:12px}
.pairs dt{color:var(--ink-soft);font-size:12.5px;line-height:21px}
.evidence,.command{padding:8px 11px;border-radius:7px;background:var(--sunken);white-space:pre-wrap;unicode-bidi:isolate}
.command{margin-top:4px;padding:12px 14px;border:1px solid var(--line);border-radius:9px}
.unlooked{padding:13px 16px;border:1px dashed var(--line-strong);border-radius:12px;background:repeating-linear-gradient(135deg,transparent 0 7px,var(--sunken) 7px 9px)}
.unlooked+.unlooked{margin-top:8px}
.unlooked h3{display:flex;align-items:center;gap:8px}
.unlooked p{margin:2px 0 0 24px;color:var(--ink-soft)}
.nothing{display:flex;align-items:center;gap:10px;padding:14px 18px;color:var(--ink-soft)}
.nothing .icon{color:var(--ok)}
.nothing.none .icon{color:var(--ink-soft)}
figure{width:fit-content;max-width:100%}
.pictures th,.pictures td{text-align:center}
.pictures th:first-child{text-align:left}
.pictures tbody th{max-width:220px;font-weight:450;color:var(--ink-soft)}
.pictures img{display:inline-block;vertical-align:middle;image-rendering:pixelated;border-radius:5px;background:#000}
figcaption{width:0;min-width:100%;padding:11px 14px;border-top:1px solid var(--line);color:var(--ink-soft);font-size:12.5px}
figure+figure{margin-top:12px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:12px;margin-top:12px;align-items:start}
.two h3{padding:11px 14px 2px}
.two .pairs{gap:0 16px;margin:4px 14px 13px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(430px,100%),1fr));gap:12px;align-items:start}
.plot{width:auto}
.plots figure+figure{margin-top:0}
.plot .title{width:auto;padding:12px 16px 0;border:0;color:var(--ink);font-size:14px;font-weight:600}
.plot details{margin:0 14px 14px}
.plot summary .icon{display:none}
.chart{display:block;width:100%;height:auto;padding:8px 8px 0}
.chart text{fill:var(--ink-soft);font:11px var(--sans);font-variant-numeric:tabular-nums}
.grid{stroke:var(--line);fill:none}
.line{fill:none;stroke:var(--own);stroke-width:2;stroke-linejoin:round}
.band{fill:var(--own);opacity:.14}
.whiskers{stroke:var(--own);stroke-width:2;stroke-linecap:round;opacity:.55}
.point{fill:var(--own)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;padding:2px 16px 10px;font-size:12.5px}
.legend span{display:inline-flex;align-items:center;gap:6px}
.key{width:26px;height:10px}
.accepted{color:var(--ink-soft);background:none;border:1px solid var(--line-strong)}
${seriesRules}
.digest{font-size:11px;color:var(--ink-soft)}
footer{margin-top:44px;padding-top:16px;border-top:1px solid var(--line);color:var(--ink-soft);font-size:12.5px}
footer p{max-width:86ch}
footer p+p{margin-top:6px}
@media (max-width:640px){.page{padding:18px 14px 40px}.banner{flex-wrap:wrap}.pairs{grid-template-columns:1fr;gap:2px}.pairs dd{margin-bottom:6px}}
@media print{
@page{margin:14mm}
html{background:#fff}
body{zoom:.7}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.page{max-width:none;padding:0}.contents{display:none}
summary::after{content:none}details::details-content{content-visibility:visible;display:block}
h2,thead,header{break-after:avoid}
.finding,.unlooked,.tile,tr,.banner{break-inside:avoid}
.scroll{overflow:visible}
a{color:inherit;text-decoration:none}
}
`
