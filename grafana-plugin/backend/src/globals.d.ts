/** Version of the plugin; the build puts it in. */
declare const __VERSION__: string
