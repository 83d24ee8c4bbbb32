declare module '*.css'
declare module 'amd-module' {
  const module: { uri?: string } | undefined
  export default module
}
