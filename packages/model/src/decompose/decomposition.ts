import type { GraphNode } from '../graph.ts'
import type { Rewriter } from './rewriter.ts'

/** Writes a node in plain operators; gives the values that stand for its outputs, in order. */
export type Decomposition = (r: Rewriter, node: GraphNode) => readonly (string | undefined)[]

/** A family of operators, by name; those of other domains as `domain:Op`. */
export type Decompositions = Readonly<Record<string, Decomposition>>
