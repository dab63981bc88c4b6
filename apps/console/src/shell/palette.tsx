import { type KeyboardEvent, useId, useState } from 'react'
import { Icon } from '../design/icon.tsx'
import { Modal } from '../design/modal.tsx'
import styles from './palette.module.css'
import { rankEntries } from './rank.ts'
import { type PaletteEntry, usePaletteEntries } from './use-palette-entries.ts'

const shownMax = 12

/** Every place and action by name: type, choose with the arrows, go with Enter. */
export function Palette({
  onClose,
  onHelp,
}: {
  readonly onClose: () => void
  readonly onHelp: () => void
}) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const entries = usePaletteEntries(text, onHelp)
  // Of the text as it stands: Enter must go where the last letter points, however fast it was typed.
  const shown = rankEntries(entries, text, (entry) => `${entry.title} ${entry.kind}`).slice(
    0,
    shownMax,
  )
  const active = Math.min(chosen, shown.length - 1)
  const run = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return
    onClose()
    entry.run()
  }
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (step === undefined) return run(shown[active])
    setChosen((active + step + shown.length) % Math.max(1, shown.length))
  }
  return (
    <Modal title="Search or jump" onClose={onClose} bare>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-label="Search pages, models, assessments and actions"
          aria-autocomplete="list"
          {...(active < 0 ? {} : { 'aria-activedescendant': `${id}-${active}` })}
          placeholder="A page, a model, an action, or a record’s number"
          value={text}
          maxLength={100}
          spellCheck={false}
          onChange={(event) => {
            setText(event.target.value)
            setChosen(0)
          }}
          onKeyDown={onKey}
        />
      </div>
      <div role="listbox" id={id} aria-label="Results" className={styles.results}>
        {shown.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox above
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={styles.result}
            onPointerMove={() => setChosen(index)}
            onClick={() => run(entry)}
          >
            <Icon name={entry.icon} />
            <span className={styles.title}>{entry.title}</span>
            <span className={styles.kind}>{entry.kind}</span>
          </div>
        ))}
      </div>
      {shown.length === 0 ? <p className={styles.none}>Nothing has that name.</p> : null}
    </Modal>
  )
}
