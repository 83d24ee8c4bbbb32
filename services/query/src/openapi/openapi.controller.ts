import { Controller, Get, Inject } from '@nestjs/common'
import { Access } from '../http/auth.guard.js'
import { OPTIONS, type QueryServerOptions } from '../options.js'
import { openApiDocument } from './document.js'

@Controller('api/openapi.json')
export class OpenApiController {
  private readonly document: Record<string, unknown>

  constructor(@Inject(OPTIONS) options: QueryServerOptions) {
    this.document = openApiDocument(options.version)
  }

  @Get()
  @Access('open')
  get(): Record<string, unknown> {
    return this.document
  }
}
