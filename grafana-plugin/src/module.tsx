import './look/publicPath.js'
import { AppPlugin } from '@grafana/data'
import { App } from './pages/App.js'

export const plugin = new AppPlugin().setRootPage(App)
