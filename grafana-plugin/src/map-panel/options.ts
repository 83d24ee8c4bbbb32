export interface MapOptions {
  names: boolean
  layout: 'worker' | 'inline'
  details: boolean
  completeness: boolean
}
