import type { Shape } from '../../map/graph.js'

/** The map's node shapes, for text beside it. */
export function Glyph({ shape }: { shape: Shape }) {
  return (
    <svg className={`hw-glyph hw-glyph-${shape}`} viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
      {shape === 'process' && (
        <>
          <circle cx="10" cy="10" r="8" />
          <circle cx="10" cy="10" r="3.2" className="hw-glyph-core" />
        </>
      )}
      {shape === 'address' && (
        <>
          <rect x="2.500" y="2.500" width="15" height="15" rx="3" />
          <rect x="7.400" y="7.400" width="5.200" height="5.200" rx="1" />
        </>
      )}
      {shape === 'internet' && (
        <>
          <path d="M10 1.500 17.400 5.750v8.500L10 18.500 2.600 14.250v-8.500Z" />
          <circle cx="10" cy="10" r="4.500" className="hw-glyph-fine" />
          <ellipse cx="10" cy="10" rx="1.800" ry="4.500" className="hw-glyph-fine" />
          <path d="M5.500 10h9" className="hw-glyph-fine" />
        </>
      )}
    </svg>
  )
}

export const SHAPE_NAMES: Record<Shape, string> = {
  process: 'observed',
  address: 'address, process not known',
  internet: 'internet',
}
