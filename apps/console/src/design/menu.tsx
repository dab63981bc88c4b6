import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './menu.module.css'

interface MenuProps {
  readonly label: string
  readonly icon: IconName
  /** The button shows only the icon. */
  readonly iconOnly?: boolean
  readonly children: ReactNode
}

/**
 * A button with a list of choices. Not modal: the library's scroll lock would write a style element. In its
 * place and not at the end of the body, so that it belongs to the landmark that its button is in.
 */
export function Menu({ label, icon, iconOnly = false, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look={iconOnly ? 'quiet' : 'plain'} icon={icon} aria-label={label} title={label}>
          {iconOnly ? undefined : label}
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={styles.menu} sideOffset={4} collisionPadding={8}>
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

/** One thing that a menu does. */
export function MenuItem({
  icon,
  children,
  onSelect,
}: {
  readonly icon: IconName
  readonly children: ReactNode
  readonly onSelect: () => void
}) {
  return (
    <DropdownMenu.Item className={styles.item} onSelect={onSelect}>
      <Icon name={icon} />
      {children}
    </DropdownMenu.Item>
  )
}

/** One of several, of which exactly one holds. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: T
  readonly options: Readonly<Record<T, string>>
  readonly onChange: (value: T) => void
}) {
  return (
    <DropdownMenu.RadioGroup value={value} aria-label={label}>
      <DropdownMenu.Label className={styles.label}>{label}</DropdownMenu.Label>
      {(Object.keys(options) as T[]).map((option) => (
        <DropdownMenu.RadioItem
          key={option}
          value={option}
          className={styles.item}
          onSelect={() => onChange(option)}
        >
          <span className={styles.tick}>
            <DropdownMenu.ItemIndicator>
              <Icon name="ok" />
            </DropdownMenu.ItemIndicator>
          </span>
          {options[option]}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

/** A line between groups of a menu. */
export function MenuLine() {
  return <DropdownMenu.Separator className={styles.rule} />
}
