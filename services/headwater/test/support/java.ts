import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const onPath = (name: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

/** What a Kafka on the JVM needs. */
export const hasJava = (): boolean => onPath('java') && onPath('mvn')
