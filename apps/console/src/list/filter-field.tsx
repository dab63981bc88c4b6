import { useEffect, useState } from 'react'
import { Icon } from '../design/icon.tsx'
import styles from './filter-field.module.css'
import { useListSearch } from './use-list-search.ts'

const pauseMs = 200

/** Text that rows must hold, kept in the address bar as `q`. The key `/` comes here. */
export function FilterField({ label, hint }: { readonly label: string; readonly hint: string }) {
  const { search, change } = useListSearch()
  const [text, setText] = useState(search.q ?? '')
  // Back and forward change the address bar under the field.
  useEffect(() => setText(search.q ?? ''), [search.q])
  useEffect(() => {
    if (text === (search.q ?? '')) return
    const timer = setTimeout(() => change({ q: text }), pauseMs)
    return () => clearTimeout(timer)
  })
  return (
    <div className={styles.field}>
      <Icon name="search" />
      <input
        data-filter
        aria-label={label}
        type="search"
        maxLength={200}
        placeholder={hint}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <kbd title="The key / comes here">/</kbd>
    </div>
  )
}

/** True if one of the texts holds the filter, whatever the case. */
export function matches(filter: string | undefined, ...texts: readonly (string | null)[]): boolean {
  if (filter === undefined) return true
  const wanted = filter.toLowerCase()
  return texts.some((text) => text?.toLowerCase().includes(wanted) === true)
}
