/** The build reads proto files into protobufjs's JSON, so that nothing is parsed at the start. */
declare module '*.proto' {
  const json: import('protobufjs').INamespace
  export default json
}
