import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { announce } from '../design/announce.tsx'
import { Button, buttonClass } from '../design/button.tsx'
import { copyText } from '../design/copy-button.tsx'
import styles from './peek.module.css'
import { useListSearch } from './use-list-search.ts'

/** A list with room for the peek panel at its side. */
export function Split({
  children,
  peek,
}: {
  readonly children: ReactNode
  readonly peek: ReactNode
}) {
  return (
    <div className={peek === undefined ? styles.whole : styles.split}>
      <div className={styles.list}>{children}</div>
      {peek}
    </div>
  )
}

interface PeekProps {
  readonly title: string
  /** Where the whole page is. */
  readonly page?: string
  readonly pageWord?: string
  readonly children: ReactNode
}

/** What the selected row is, beside the list. Esc closes it and gives the focus back to the row. */
export function Peek({ title, page, pageWord = 'Open page', children }: PeekProps) {
  const { select } = useListSearch()
  const copyLink = async () => {
    const copied = await copyText(location.href)
    announce(copied ? 'Copied the link to this view' : 'The browser refused to copy')
  }
  return (
    <aside className={styles.peek} aria-label={title}>
      <header className={styles.head}>
        <h2>{title}</h2>
        <div className={styles.tools}>
          <Button
            look="quiet"
            icon="copy"
            aria-label="Copy link"
            title="Copy link"
            onClick={() => void copyLink()}
          />
          <Button
            look="quiet"
            icon="close"
            aria-label="Close panel"
            title="Close panel (Esc)"
            onClick={() => select(undefined)}
          />
        </div>
      </header>
      <div className={styles.body}>{children}</div>
      {page === undefined ? null : (
        <footer className={styles.foot}>
          <Link to={page} className={buttonClass.primary}>
            {pageWord}
          </Link>
        </footer>
      )}
    </aside>
  )
}
