import './look/publicPath.js'
import { AppPlugin } from '@grafana/data'

export const plugin = new AppPlugin()
