export type ParamType =
  | 'String'
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int64'
  | 'Array(String)'
  | 'Array(UInt64)'

/**
 * Collects a statement's values: SQL text holds only placeholders ({p0:String}), so that no value can be read as SQL.
 * https://clickhouse.com/docs/interfaces/http#cli-queries-with-parameters
 */
export class Params {
  readonly values: Record<string, unknown> = {}
  private count = 0

  /** The placeholder that stands for `value`. */
  add(value: string | number | readonly (string | bigint)[], type: ParamType): string {
    const name = `p${this.count++}`
    this.values[name] = value
    return `{${name}:${type}}`
  }

  /** A placeholder for Unix ms as DateTime64(3). */
  time(ms: number): string {
    return `fromUnixTimestamp64Milli(${this.add(ms, 'Int64')}, 'UTC')`
  }
}
