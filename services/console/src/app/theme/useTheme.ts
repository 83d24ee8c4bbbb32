import { useEffect, useState } from 'react'

export type Theme = 'light' | 'dark'
const KEY = 'headwater.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

const chosen = (): Theme | undefined => {
  const set = document.documentElement.dataset.theme
  return set === 'light' || set === 'dark' ? set : undefined
}

/** The system's theme until the user chooses; the choice is kept (public/theme.js sets it before the first paint). */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => chosen() ?? (dark.matches ? 'dark' : 'light'))
  useEffect(() => {
    const follow = (): void => {
      if (!chosen()) setTheme(dark.matches ? 'dark' : 'light')
    }
    dark.addEventListener('change', follow)
    return () => dark.removeEventListener('change', follow)
  }, [])
  const toggle = (): void => {
    const next = theme === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.theme = next
    try {
      localStorage.setItem(KEY, next)
    } catch {
      // Storage forbidden: the choice lasts as long as the page.
    }
    setTheme(next)
  }
  return [theme, toggle]
}
