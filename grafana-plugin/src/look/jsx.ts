import { createElement, type ElementType, Fragment, type ReactNode } from 'react'

/**
 * The automatic JSX runtime over the host's createElement. Grafana 12 runs React 18 and Grafana 13.2 React 19, whose elements
 * differ, and not every Grafana shares `react/jsx-runtime` with plugins: a bundled one would make elements of one version only.
 */
export function jsx(type: ElementType, props: object, key?: string): ReactNode {
  return createElement(type, key === undefined ? props : { ...props, key })
}

/** Of several static children: given one by one, so that React asks for no keys. */
export function jsxs(type: ElementType, props: { children: ReactNode[] }, key?: string): ReactNode {
  const { children, ...rest } = props
  return createElement(type, key === undefined ? rest : { ...rest, key }, ...children)
}

export { Fragment }
