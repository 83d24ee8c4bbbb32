import { type DemoAnswer, demoFaultRequest } from '@headwater/contracts'
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common'
import { z } from 'zod'
import { parseRequest } from '../http/parse.js'
import { badParameter, ProblemError } from '../http/problem.js'
import { type Demo, OPTIONS, type QueryServerOptions } from '../options.js'

const nothing = z.strictObject({})

/** The lab behind the demo, where there is one. */
@Controller('api/v1/demo')
export class DemoController {
  constructor(@Inject(OPTIONS) private readonly options: QueryServerOptions) {}

  @Get()
  state(@Query() query: unknown): DemoAnswer {
    parseRequest(nothing, query)
    return this.demo.state()
  }

  @Post('faults')
  @HttpCode(200)
  async setFault(@Query() query: unknown, @Body() body: unknown): Promise<DemoAnswer> {
    parseRequest(nothing, query)
    const { demo } = this
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new ProblemError(400, 'bad-request', 'the body is a JSON object such as {"id":"refused","on":true}')
    const { id, on } = parseRequest(demoFaultRequest, body)
    const ids = demo.state().faults.map((fault) => fault.id)
    if (!ids.includes(id)) throw badParameter('id', `id: there is no fault "${id}"; allowed are ${ids.join(', ')}`)
    return demo.setFault(id, on)
  }

  private get demo(): Demo {
    const { demo } = this.options
    if (demo === undefined)
      throw new ProblemError(404, 'no-demo', 'there is no demo here; "headwater demo" starts one, as root')
    return demo
  }
}
