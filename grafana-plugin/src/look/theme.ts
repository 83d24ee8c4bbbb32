import type { GrafanaTheme2 } from '@grafana/data'
import type { CSSProperties } from 'react'

/** Grafana's types of these are optional under strict rules; its themes always have them. */
interface Palette {
  background: { canvas: string; primary: string; secondary: string }
  border: { weak: string; medium: string }
  text: { primary: string; secondary: string }
}

/** The variables that the views are painted with (services/console/src/views/tokens.css), out of Grafana's theme. */
export function variablesOf(theme: GrafanaTheme2): Record<`--hw-${string}`, string> {
  const { typography, visualization, shadows } = theme
  const colors = theme.colors as GrafanaTheme2['colors'] & Palette
  return {
    '--hw-font': typography.fontFamily,
    '--hw-mono': typography.fontFamilyMonospace,
    '--hw-bg': colors.background.canvas,
    '--hw-surface': colors.background.primary,
    '--hw-raised': colors.background.secondary,
    '--hw-hover': colors.emphasize(colors.background.primary, 0.06),
    '--hw-line': colors.border.weak,
    '--hw-line-strong': colors.border.medium,
    '--hw-text': colors.text.primary,
    '--hw-muted': colors.text.secondary,
    '--hw-accent': colors.primary.text,
    '--hw-accent-soft': colors.primary.transparent,
    '--hw-on-accent': colors.getContrastText(colors.primary.text),
    '--hw-ok': colors.success.text,
    '--hw-warn': colors.warning.text,
    '--hw-bad': colors.error.text,
    '--hw-map-bg': colors.background.primary,
    '--hw-map-dot': colors.border.weak,
    '--hw-edge': visualization.getColorByName(theme.isDark ? '#7b8087' : '#8e9aa5'),
    '--hw-process': colors.primary.text,
    '--hw-address': colors.text.secondary,
    '--hw-internet': visualization.getColorByName(theme.isDark ? 'light-purple' : 'dark-purple'),
    '--hw-shadow': shadows.z2,
  }
}

export const styleOf = (theme: GrafanaTheme2): CSSProperties => ({
  ...(variablesOf(theme) as CSSProperties),
  colorScheme: theme.isDark ? 'dark' : 'light',
})
