import '@headwater/console/views.css'
import { useTheme2 } from '@grafana/ui'
import { type ReactNode, useMemo } from 'react'
import './look.css'
import { styleOf } from './theme.js'

/** Everything of ours in Grafana: the console's views in the colours and the font of Grafana's theme. */
export function Look({ children, width, height }: { children: ReactNode; width?: number; height?: number }) {
  const theme = useTheme2()
  const style = useMemo(() => ({ ...styleOf(theme), width, height }), [theme, width, height])
  return (
    <div className="hw-grafana" style={style} data-theme-mode={theme.isDark ? 'dark' : 'light'}>
      {children}
    </div>
  )
}

/** Changes when the variables do: canvas and charts then read them again. */
export const useThemeKey = (): string => {
  const theme = useTheme2()
  return `${theme.name}${theme.colors.mode}`
}
