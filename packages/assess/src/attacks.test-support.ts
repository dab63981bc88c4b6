import {
  type Attack,
  type AttackResult,
  type AttackSettings,
  type LabelAccess,
  noEvidence,
} from '@merlon/attacks'
import { type Task, unattended } from '@merlon/core'
import { row, rows, type Tensor, tensor } from '@merlon/tensor'
import type { AccessLevel } from './access.ts'

/**
 * Attacks that move each sample towards mid-grey by as much as they may, and ask once: what they come to on templates of
 * grey can be counted by hand.
 */
export function towardsGrey(
  access: AccessLevel,
  goal: Attack['goal'] = 'bounded',
  change: {
    readonly reach?: number
    readonly seen?: (samples: number) => void
    readonly told?: (settings: AttackSettings) => void
    /** Of an ensemble: the last of these is the one that succeeds. */
    readonly parts?: readonly string[]
  } = {},
): Attack {
  const run = async (
    model: LabelAccess,
    batch: Tensor,
    labels: Int32Array,
    settings: AttackSettings,
    task: Task = unattended,
  ): Promise<AttackResult> => {
    task.signal.throwIfAborted()
    const { epsilon } = settings
    change.seen?.(rows(batch))
    change.told?.(settings)
    const data = batch.data.slice()
    for (let i = 0; i < rows(batch); i++) {
      const [first = 0] = row(batch, i)
      const need = Math.abs(0.5 - first) + 0.01
      const way = Math.min(goal === 'minimal' ? need : epsilon, change.reach ?? 1)
      data.subarray(4 * i, 4 * i + 4).fill(first + way * Math.sign(0.5 - first))
    }
    const adversarial = tensor(batch.shape, data)
    const answered = await model.labels(adversarial)
    const isAdversarial = Array.from(answered, (label, i) => label !== labels[i])
    const parts = change.parts?.map((attack, k, all) => ({
      attack,
      isAdversarial: isAdversarial.map((isFooled) => isFooled && k === all.length - 1),
      queries: rows(batch),
    }))
    return {
      adversarial,
      isAdversarial,
      ...(parts === undefined ? {} : { parts }),
      labels: answered,
      queries: rows(batch),
      health: { ...noEvidence, samples: rows(batch) },
    }
  }
  const traits = {
    title: 'Towards grey',
    summary: 'One step to the middle.',
    goal,
    norms: ['linf'],
    parameters: {},
    paper: { text: 'none', url: 'https://example.org' },
    queriesPerSample: () => 1,
    cost: '1',
  } as const
  switch (access) {
    case 'labels':
      return { ...traits, access, run }
    case 'scores':
      return { ...traits, access, run }
    case 'gradients':
      return { ...traits, access, run }
  }
}
