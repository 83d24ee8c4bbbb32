import { demoFaultRequest, demoSchema } from '@headwater/contracts'

/** The routes of the demo, which are not of /api/v1's one kind: they are 404 where there is no demo, and one takes a body. */
export const demoRoutes = {
  '/api/v1/demo': {
    method: 'get',
    operationId: 'demo',
    summary: 'The lab behind the demo: its traffic, and its faults; 404 where there is no demo',
    body: null,
  },
  '/api/v1/demo/faults': {
    method: 'post',
    operationId: 'setDemoFault',
    summary: 'Switches a fault of the lab; answers with all',
    body: demoFaultRequest,
  },
} as const

export const demoAnswer = { name: 'Demo', schema: demoSchema }
