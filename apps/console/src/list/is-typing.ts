/** True if a key pressed here is text, or belongs to an open dialog or menu. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || /^(?:input|select|textarea)$/i.test(target.tagName)) return true
  return target.closest('dialog, [role="menu"]') !== null
}
