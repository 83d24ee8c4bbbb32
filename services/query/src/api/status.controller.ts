import { type StatusAnswer, statusRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { parseRequest } from '../http/parse.js'
import { OPTIONS, type QueryServerOptions } from '../options.js'

@Controller('api/v1')
export class StatusController {
  constructor(@Inject(OPTIONS) private readonly options: QueryServerOptions) {}

  @Get('status')
  status(@Query() query: unknown): Promise<StatusAnswer> {
    parseRequest(statusRequest, query)
    return this.options.status()
  }
}
