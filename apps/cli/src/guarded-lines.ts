import { type Channel, channels } from '@merlon/text'
import { CliError } from './cli-error.ts'

/** One line of `merlon guard --jsonl`. */
export interface GuardedLine {
  readonly text: string
  readonly channel: Channel
  /** Whether the text is harmful, where its label says so. */
  readonly isHarmful: boolean | undefined
  /** From 1. */
  readonly line: number
}

const harmless: readonly unknown[] = ['benign', 'safe', 'clean', 'harmless', false, 0]
const linesMax = 1_000_000

/**
 * The texts of a JSONL file; empty lines are none.
 * @throws CliError FILE_UNREADABLE, which names the line
 */
export function readGuardedLines(path: string, content: string): readonly GuardedLine[] {
  const lines = content.split('\n')
  if (lines.length > linesMax) {
    throw new CliError('FILE_UNREADABLE', `${path} has more than ${linesMax} lines; split it`)
  }
  return lines.flatMap((json, i) => (json.trim() === '' ? [] : [readLine(path, json, i + 1)]))
}

function readLine(path: string, json: string, line: number): GuardedLine {
  const refuse = (why: string): never => {
    throw new CliError('FILE_UNREADABLE', `${path}:${line} ${why}`)
  }
  const value = parse(json) ?? refuse('is not a JSON object; each line has one, with "text"')
  const { text, channel = 'user', label } = value
  if (typeof text !== 'string') return refuse('has no "text" that is a string')
  const known = channels.find((one) => one === channel)
  if (known === undefined) return refuse(`has a "channel" that is none of ${channels.join(', ')}`)
  const isHarmful = label === undefined ? undefined : !harmless.includes(label)
  return { text, channel: known, isHarmful, line }
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    // An object that is no array is a record of unknown values.
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isRecord ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
