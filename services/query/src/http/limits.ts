import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import { finalize, type Observable } from 'rxjs'
import { defaultLimits, OPTIONS, type QueryServerOptions } from '../options.js'
import { ProblemError } from './problem.js'

/** Bounds the requests to /api/v1 that are under way at once. */
@Injectable()
export class ConcurrencyLimit implements NestInterceptor {
  private running = 0
  private readonly limit: number

  constructor(@Inject(OPTIONS) options: QueryServerOptions) {
    this.limit = options.limits?.concurrentRequests ?? defaultLimits.concurrentRequests
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!context.switchToHttp().getRequest<FastifyRequest>().url.startsWith('/api/v1/')) return next.handle()
    if (this.running >= this.limit)
      throw new ProblemError(
        429,
        'too-many-queries',
        `${this.limit} queries are under way, which is the most at once; try again`,
        {
          retryAfterSeconds: 1,
        },
      )
    this.running++
    return next.handle().pipe(finalize(() => this.running--))
  }
}
