// Runs before the first paint, so that a page with an override does not flash in the other theme.
// A file of its own because the content security policy forbids inline scripts.
try {
  const theme = localStorage.getItem('merlon.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the page follows the system.
}
