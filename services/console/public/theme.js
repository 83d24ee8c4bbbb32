// Before the first paint, so that a reload does not flash the other theme.
try {
  const theme = localStorage.getItem('headwater.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage may be forbidden: the system's theme holds.
}
