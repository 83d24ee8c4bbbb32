import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { budget } from './vite/budget.js'

/** `vite build` makes the app in dist/app; `vite` serves it with a made-up API, to look at it without a Headwater. */
export default defineConfig(async ({ command }) => ({
  plugins: [react(), budget(250_000), command === 'serve' && (await import('./test/fixture/dev.js')).fixtureApi()],
  build: { outDir: 'dist/app', target: 'es2023', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  worker: { format: 'es' as const },
}))
