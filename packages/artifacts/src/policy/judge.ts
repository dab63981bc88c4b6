import type { CallOpcode } from '../pickle/machine.ts'
import { decodeText } from '../pickle/text.ts'
import type { Global, Value } from '../pickle/value.ts'
import type { ArtifactRule } from '../rules.ts'
import { introspected, standardModules } from './introspected.ts'

/** What is wrong with a step of a pickle, and the words for it. */
export interface Judgement {
  readonly rule: ArtifactRule
  readonly evidence: string
}

const allowed = new Map(
  Object.entries(introspected).flatMap(([module, [classes, functions]]) => [
    ...names(classes).map((name) => [`${module} ${name}`, 'class'] as const),
    ...names(functions).map((name) => [`${module} ${name}`, 'function'] as const),
  ]),
)

/** Code by value: what these make is a function. */
const codeCarriers = new Set(['cloudpickle', 'dill', 'joblib.externals.cloudpickle'])
/** Installed nearly everywhere beside a model, so that a name of theirs is there to be called. */
const frameworks = names(
  'torch torchvision torchaudio numpy scipy sklearn pandas joblib xgboost lightgbm tensorflow keras jax pip setuptools pkg_resources wheel distutils nt posix requests aiohttp httpx urllib3 IPython fickling pty commands __builtin__ cffi test',
)
const risky = new Set([...names(standardModules), ...frameworks])
/** Bringing one of these in is enough: nothing that saves a model refers to them. */
const reaching = new Set(
  names(
    'os posix nt subprocess sys builtins __builtin__ runpy socket shutil importlib pty ctypes code codeop bdb pdb timeit cProfile profile webbrowser asyncio multiprocessing pip commands marshal',
  ),
)

function names(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}

const shown = ({ module, name }: Global) => `${module}.${name}`
const rootOf = (module: string) => module.split('.')[0] ?? module
const kindOf = ({ module, name }: Global) => allowed.get(`${module} ${name}`)

/** What an import says of a file, before anything is called. */
export function judgeImport(value: Global): Judgement | undefined {
  if (kindOf(value) !== undefined || isSymbolic(value)) return undefined
  const evidence = `imports ${shown(value)}`
  if (isCode(value)) return { rule: 'artifact/pickle-code', evidence }
  if (reaching.has(rootOf(value.module))) return { rule: 'artifact/pickle-call', evidence }
  return { rule: 'artifact/pickle-unknown-name', evidence }
}

/** What a call says: `bytes` is the file, for the strings among the arguments. */
export function judgeCall(
  bytes: Uint8Array,
  callee: Value,
  args: Value,
  opcode: CallOpcode,
): Judgement | undefined {
  if (opcode === 'BUILD') return judgeBuild(callee)
  if (callee.kind !== 'global') {
    const evidence = `${opcode} calls something that is not an imported name`
    return { rule: 'artifact/pickle-unknown-call', evidence }
  }
  const evidence = `${opcode} calls ${shown(callee)}`
  if (isSymbolic(callee)) {
    return isHarmlessLookup(bytes, callee, args)
      ? undefined
      : { rule: 'artifact/pickle-call', evidence }
  }
  const kind = kindOf(callee)
  if (kind !== undefined && isOfShape(bytes, callee, args)) {
    // NEWOBJ calls `cls.__new__`: of a function that cannot work, and Python never writes it.
    if (kind === 'class' || opcode === 'REDUCE') return undefined
    return { rule: 'artifact/pickle-unknown-call', evidence }
  }
  if (isCode(callee)) return { rule: 'artifact/pickle-code', evidence }
  const isRisky = risky.has(rootOf(callee.module))
  return { rule: isRisky ? 'artifact/pickle-call' : 'artifact/pickle-unknown-call', evidence }
}

/** BUILD fills an object; on an imported name it would change the running program itself. */
function judgeBuild(object: Value): Judgement | undefined {
  if (object.kind !== 'global') return undefined
  return {
    rule: 'artifact/pickle-call',
    evidence: `BUILD overwrites attributes of ${shown(object)}`,
  }
}

function isCode({ module }: Global): boolean {
  return codeCarriers.has(rootOf(module)) || module.startsWith('joblib.externals.cloudpickle')
}

function isSymbolic({ module, name }: Global): boolean {
  return (
    (module === 'builtins' && name === 'getattr') || (module === 'functools' && name === 'partial')
  )
}

/** `getattr` of an allowed class by a plain name, or `partial` of an allowed name: nothing else. */
function isHarmlessLookup(bytes: Uint8Array, { name }: Global, args: Value): boolean {
  if (args.kind !== 'tuple') return false
  const [first, second] = args.items
  if (first?.kind !== 'global' || kindOf(first) === undefined) return false
  if (name === 'partial') return args.length === 1
  if (args.length !== 2 || second?.kind !== 'text') return false
  const attribute = second.end - second.start < 256 ? decodeText(bytes, second) : '__'
  return !attribute.startsWith('_') && !attribute.includes('.')
}

/** Arguments that turn an allowed name into something else. */
function isOfShape(bytes: Uint8Array, { module, name }: Global, args: Value): boolean {
  if (module === '_codecs' && name === 'encode') {
    const codec = args.kind === 'tuple' ? args.items[1] : undefined
    return codec?.kind === 'text' && decodeText(bytes, codec) === 'latin1'
  }
  if (module === 'copyreg' && name === '_reconstructor') {
    return args.kind === 'tuple' && args.items[0]?.kind === 'global'
  }
  return true
}
