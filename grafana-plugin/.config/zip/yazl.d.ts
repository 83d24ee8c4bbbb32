declare module 'yazl' {
  export class ZipFile {
    readonly outputStream: NodeJS.ReadableStream
    addFile(path: string, name: string, options?: { mode?: number; mtime?: Date }): void
    end(): void
  }
  const yazl: { ZipFile: typeof ZipFile }
  export default yazl
}
