import { Controller, Get, Inject } from '@nestjs/common'
import { Access } from '../http/auth.guard.js'
import { Database } from '../sql/database.js'

@Controller()
export class ProbesController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** This process answers. */
  @Get('healthz')
  @Access('open')
  healthy(): { status: 'ok' } {
    return { status: 'ok' }
  }

  /** The store answers too. */
  @Get('readyz')
  @Access('open')
  async ready(): Promise<{ status: 'ok' }> {
    await this.database.ping()
    return { status: 'ok' }
  }
}
