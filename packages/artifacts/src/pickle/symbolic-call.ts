import { limits } from '../limits.ts'
import { decodeText } from './text.ts'
import type { Value } from './value.ts'

/** What a call gives: `getattr` and `import_module` lead to names, everything else to an object. */
export function symbolicCall(bytes: Uint8Array, callee: Value, args: Value): Value {
  if (callee.kind === 'global' && args.kind === 'tuple') {
    const { module, name } = callee
    const [first, second] = args.items
    if (module === 'builtins' && name === 'getattr' && first?.kind === 'global') {
      const attribute = textAt(bytes, second)
      if (attribute !== undefined) return { ...first, name: `${first.name}.${attribute}` }
    }
    if (module === 'functools' && name === 'partial' && first?.kind === 'global') return first
  }
  return { kind: 'made', by: callee.kind === 'made' ? callee.by : callee }
}

function textAt(bytes: Uint8Array, value: Value | undefined): string | undefined {
  if (value?.kind !== 'text' || value.end - value.start > limits.nameCharsMax) return undefined
  return decodeText(bytes, value)
}
