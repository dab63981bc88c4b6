import { Modal } from '../design/modal.tsx'
import { singleKeysChoice, useChoice } from '../stored-choice.ts'
import styles from './help.module.css'
import { jumps } from './shortcuts.ts'

const groups: readonly (readonly [string, readonly (readonly [keys: string, what: string])[]])[] = [
  ['Go to', Object.entries(jumps).map(([key, { title }]) => [`g ${key}`, title] as const)],
  [
    'In a list',
    [
      ['j', 'Next row'],
      ['k', 'Previous row'],
      ['Enter', 'Open beside the list, then its page'],
      ['o', 'Open the page'],
      ['Esc', 'Close the panel, back to the row'],
      ['/', 'Filter'],
    ],
  ],
  [
    'Anywhere',
    [
      ['Ctrl K', 'Search or jump'],
      ['?', 'This help'],
    ],
  ],
]

/** The keyboard, and the switch that turns keys without a modifier off. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  const singleKeys = useChoice(singleKeysChoice)
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose}>
      <div className={styles.groups}>
        {groups.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([keys, what]) => (
                <div key={keys} className={styles.row}>
                  <dt>
                    {keys.split(' ').map((key, place) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the keys of a chord may repeat and never move
                      <kbd key={place}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label className={styles.switch}>
        <input
          type="checkbox"
          checked={singleKeys === 'on'}
          onChange={(event) => singleKeysChoice.set(event.target.checked ? 'on' : 'off')}
        />
        Shortcuts of a single key (turn off if you dictate)
      </label>
    </Modal>
  )
}
