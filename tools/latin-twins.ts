import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Pairs of UTS #39's confusables.txt that attackers use and that intentional.txt leaves out. */
const more: Readonly<Record<string, string>> = {
  // Cyrillic
  ...{
    А: 'A',
    В: 'B',
    Е: 'E',
    К: 'K',
    М: 'M',
    Н: 'H',
    О: 'O',
    Р: 'P',
    Т: 'T',
    У: 'Y',
    Х: 'X',
    І: 'I',
  },
  ...{ о: 'o', к: 'k', ԛ: 'q', ԝ: 'w', ѵ: 'v', ӏ: 'l', ј: 'j' },
  // Greek
  ...{ α: 'a', ν: 'v', ρ: 'p', υ: 'u', ι: 'i', κ: 'k', τ: 't' },
  // Armenian
  ...{ օ: 'o', ս: 'u', ո: 'n', հ: 'h', ց: 'g', զ: 'q' },
  // Cherokee
  ...{ Ꭺ: 'A', Ᏼ: 'B', Ꮯ: 'C', Ꭼ: 'E', Ꮋ: 'H', Ꭻ: 'J', Ꮶ: 'K', Ꮮ: 'L', Ꮇ: 'M', Ꮲ: 'P', Ꭱ: 'R' },
  ...{ Ꮪ: 'S', Ꭲ: 'T', Ꮩ: 'V', Ꮃ: 'W', Ꮓ: 'Z' },
  // Latin of other alphabets, and its small capitals
  ...{ ɑ: 'a', ɡ: 'g', ı: 'i', ᴀ: 'a', ʙ: 'b', ᴄ: 'c', ᴅ: 'd', ᴇ: 'e', ɢ: 'g', ʜ: 'h', ɪ: 'i' },
  ...{ ᴊ: 'j', ᴋ: 'k', ʟ: 'l', ᴍ: 'm', ɴ: 'n', ᴏ: 'o', ᴘ: 'p', ʀ: 'r', ᴛ: 't', ᴜ: 'u', ᴠ: 'v' },
  ...{ ᴡ: 'w', ʏ: 'y', ᴢ: 'z' },
}

/**
 * Writes `latin-twins.ts` of the text package from Unicode's intentional.txt (UTS #39), version 17:
 * every character that shares a class with a Latin letter of ASCII, and a few more. `npx tsx tools/latin-twins.ts FILE`
 */
export function latinTwinsSource(intentional: string): string {
  const classOf = new Map<string, Set<string>>()
  for (const line of intentional.split('\n')) {
    const match = /^([0-9A-F]+) ;\s*([0-9A-F]+)/.exec(line)
    if (match === null) continue
    const [a, b] = [match[1]!, match[2]!].map((hex) => String.fromCodePoint(Number(`0x${hex}`)))
    const joined = new Set([...(classOf.get(a!) ?? [a!]), ...(classOf.get(b!) ?? [b!])])
    for (const member of joined) classOf.set(member, joined)
  }
  for (const [twin, letter] of Object.entries(more)) {
    classOf.set(letter, new Set([...(classOf.get(letter) ?? [letter]), twin]))
  }
  const rows = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].flatMap((letter) => {
    const twins = [...(classOf.get(letter) ?? [])].filter((one) => !/[A-Za-z]/.test(one)).sort()
    if (twins.length === 0) return []
    const codes = twins.map((one) => `\\u{${one.codePointAt(0)!.toString(16)}}`)
    return [`  ${letter}: '${codes.join('')}',\n`]
  })
  return `// Written by tools/latin-twins.ts from Unicode's intentional.txt, version 17.0.0\n// (UTS #39), and a few pairs of its confusables.txt. Do not edit.\n\nconst twinsByLetter = {\n${rows.join('')}}\n\n/** The Latin letter that a character of another script is drawn like. */\nexport const latinTwins: ReadonlyMap<string, string> = new Map(\n  Object.entries(twinsByLetter).flatMap(([letter, twins]) =>\n    Array.from(twins, (twin) => [twin, letter] as const),\n  ),\n)\n`
}

const [, script, path] = process.argv
if (script === fileURLToPath(import.meta.url) && path !== undefined) {
  const target = new URL('../packages/text/src/views/latin-twins.ts', import.meta.url)
  writeFileSync(target, latinTwinsSource(readFileSync(path, 'utf8')))
}
