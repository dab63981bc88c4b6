import { classNames } from '../../design/class-names.ts'
import type { ProofStep } from '../../proof/inclusion.ts'
import styles from './proof-path.module.css'

interface ProofPathProps {
  readonly leaf: string
  readonly steps: readonly ProofStep[]
  /** The walk ends at the root that the checkpoint names. */
  readonly isRoot: boolean
}

const levelPx = 58
const boxWidth = 168
const boxHeight = 30
const columnAt = { left: 4, right: 228 } as const
const width = 400

/**
 * The way up the tree, the root on top: on each level the two hashes that make the next. Filled boxes
 * were calculated here, open ones are from the proof.
 */
export function ProofPath({ leaf, steps, isRoot }: ProofPathProps) {
  const height = steps.length * levelPx + boxHeight + 8
  const yOf = (level: number) => height - 4 - boxHeight - level * levelPx
  const end = steps.at(-1)?.parent ?? leaf
  return (
    <div className={styles.path}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={`The record’s leaf leads in ${steps.length} steps to ${isRoot ? 'the signed root' : 'a hash that is not the signed root'}. The steps are listed below.`}
      >
        {steps.map((step, level) => (
          <Level
            key={step.parent}
            step={step}
            y={yOf(level)}
            parentX={sideOf(steps[level + 1])}
            isLeaf={level === 0}
          />
        ))}
        <Box
          x={sideOf(undefined)}
          y={yOf(steps.length)}
          hash={end}
          word={isRoot ? 'root' : 'another root'}
          look={isRoot ? 'root' : 'wrong'}
        />
      </svg>
      <details>
        <summary>The {steps.length} steps as a list</summary>
        <ol>
          {steps.map((step) => (
            <li key={step.parent}>
              <code>
                SHA-256(01 {step.left} {step.right}) = {step.parent}
              </code>
            </li>
          ))}
        </ol>
      </details>
    </div>
  )
}

interface LevelProps {
  readonly step: ProofStep
  readonly y: number
  readonly parentX: number
  readonly isLeaf: boolean
}

function Level({ step, y, parentX, isLeaf }: LevelProps) {
  const other = step.side === 'left' ? 'right' : 'left'
  const top = y - (levelPx - boxHeight)
  const parent = parentX + boxWidth / 2
  const line = (side: 'left' | 'right') => {
    const x = columnAt[side] + boxWidth / 2
    return `M${x} ${y}V${y - 14}H${parent}V${top}`
  }
  return (
    <>
      <path className={styles.line} d={line(other)} />
      <path className={styles.walked} d={line(step.side)} />
      <Box x={columnAt[other]} y={y} hash={step[other]} word="from the proof" look="given" />
      <Box
        x={columnAt[step.side]}
        y={y}
        hash={step[step.side]}
        word={isLeaf ? 'this record' : 'calculated'}
        look={isLeaf ? 'leaf' : 'made'}
      />
    </>
  )
}

interface BoxProps {
  readonly x: number
  readonly y: number
  readonly hash: string
  readonly word: string
  readonly look: 'given' | 'made' | 'leaf' | 'root' | 'wrong'
}

function Box({ x, y, hash, word, look }: BoxProps) {
  return (
    <g className={classNames(styles.box, styles[look])}>
      <title>{hash}</title>
      <rect x={x} y={y} width={boxWidth} height={boxHeight} rx="5" />
      <text x={x + 9} y={y + 19}>
        {hash.slice(0, 8)}
      </text>
      <text className={styles.word} x={x + boxWidth - 9} y={y + 19} textAnchor="end">
        {word}
      </text>
    </g>
  )
}

/** A hash stands where it is a child of the next step; the root in the middle. */
function sideOf(next: ProofStep | undefined): number {
  return next === undefined ? (width - boxWidth) / 2 : columnAt[next.side]
}
