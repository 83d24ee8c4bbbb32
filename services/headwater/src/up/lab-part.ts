import type { Component, DemoAnswer } from '@headwater/contracts'

/** The lab of the demo, as the supervisor has it. */
export interface LabPart extends Component {
  state(): DemoAnswer
  /** Resolves when it is so. */
  setFault(id: string, on: boolean): Promise<unknown>
}
