import type { Component, DemoAnswer } from '@headwater/contracts'

/** The lab of the demo, as the supervisor has it. */
export interface LabPart extends Component {
  state(): DemoAnswer
  /** Called once it is known of each agent whether it works: from here on what happens is seen. */
  observed(): void
  /** Resolves when it is so. */
  setFault(id: string, on: boolean): Promise<unknown>
}
