import { attackNames } from '@merlon/attacks'
import type { Command } from 'commander'
import { commandTable } from './command-table.ts'

interface Place {
  /** The words so far, without `merlon`. */
  readonly path: string
  readonly words: readonly { readonly word: string; readonly summary: string }[]
}

/** What may follow each sequence of words, for one shell. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  return scripts[shell](placesOf(program, []))
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const verbs = command.commands.map((one) => ({ word: one.name(), summary: one.description() }))
  const options = command.options.flatMap(({ long, description }) =>
    long ? [{ word: long, summary: description }] : [],
  )
  const help = { word: '--help', summary: 'print help' }
  const name = path.join(' ')
  const operands = commandTable.find((spec) => spec.path === name)?.operands ?? []
  const offers = operands.flatMap(({ choices = [], offers = choices, summary }) =>
    (offers === 'attacks' ? attackNames : offers).map((word) => ({ word, summary })),
  )
  const here = { path: name, words: [...verbs, ...offers, ...options, help] }
  return [here, ...command.commands.flatMap((one) => placesOf(one, [...path, one.name()]))]
}

const scripts = { bash, zsh, fish } as const

/** The path is made of the words before the cursor that are no options, two at most. */
function bash(places: readonly Place[]): string {
  return `# merlon completion for bash: source <(merlon completion bash)
_merlon() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path/$word" in
${pathCases(places, 'path')}
    esac
  done
  local words=""
  case "$path" in
${places.map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -o bashdefault -F _merlon merlon
`
}

function zsh(places: readonly Place[]): string {
  const choices = places.map(({ path, words }) => {
    const lines = words.map(({ word, summary }) => `      '${word}:${zshText(summary)}'`)
    return `    '${path}') choices=(\n${lines.join('\n')}\n    ) ;;`
  })
  return `#compdef merlon
# merlon completion for zsh: source <(merlon completion zsh)
_merlon() {
  local so_far="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$so_far/$word" in
${pathCases(places, 'so_far')}
    esac
  done
  local -a choices
  case "$so_far" in
${choices.join('\n')}
  esac
  _describe 'merlon' choices
  _files
}
compdef _merlon merlon
`
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ word, summary }) => {
      const condition = `__merlon_at '${path}'`
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
      return `complete -c merlon -n "${condition}" ${what} -d '${summary.replaceAll("'", "\\'")}'`
    }),
  )
  const known = places.map(({ path }) => path).filter((path) => path !== '')
  return `# merlon completion for fish: merlon completion fish | source
function __merlon_at
  set -l path
  for word in (commandline -opc)[2..]
    set -l longer (string trim "$path $word")
    contains -- "$longer" ${known.map((path) => `'${path}'`).join(' ')}; and set path $longer
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

/** Shell cases that lengthen the path by a word, such as `'key/create') path='key create' ;;`. */
function pathCases(places: readonly Place[], variable: string): string {
  return places
    .filter(({ path }) => path !== '')
    .map(({ path }) => {
      const words = path.split(' ')
      const before = words.slice(0, -1).join(' ')
      return `      '${before}/${words.at(-1)}') ${variable}='${path}' ;;`
    })
    .join('\n')
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(':', '\\:')
}
