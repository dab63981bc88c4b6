import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { Button } from './button.tsx'
import styles from './modal.module.css'

interface ModalProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  /** A palette shows no title bar; the title names it to screen readers. */
  readonly bare?: boolean
}

/**
 * A dialog on the browser's own top layer: it traps the focus, closes on Esc, and gives the focus
 * back. No library's scroll lock is used because those write style elements, which the policy forbids.
 */
export function Modal({ title, onClose, children, bare = false }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    // A dialog that asks for text starts there, every other at its first button.
    element?.querySelector<HTMLElement>('input:not([type="checkbox"])')?.focus()
    return () => {
      element?.close()
      requestAnimationFrame(returnFocus)
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      className={bare ? styles.bare : styles.dialog}
      {...(bare ? { 'aria-label': title } : { 'aria-labelledby': id })}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div className={styles.inside}>
        {bare ? null : (
          <header className={styles.head}>
            <h2 id={id}>{title}</h2>
            <Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />
          </header>
        )}
        {children}
      </div>
    </dialog>
  )
}

/** The browser gives the focus back; if what had it is gone, the page's title takes it. */
function returnFocus(): void {
  if (document.activeElement !== document.body) return
  document.querySelector<HTMLElement>('main h1')?.focus()
}
