import module from 'amd-module'

declare let __webpack_public_path__: string

// Beside the module itself, wherever Grafana serves it from.
if (module?.uri) __webpack_public_path__ = module.uri.slice(0, module.uri.lastIndexOf('/') + 1)
