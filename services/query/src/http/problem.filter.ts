import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { OPTIONS, type QueryServerOptions } from '../options.js'
import { ProblemError } from './problem.js'

/** What to tell the caller of an error: our own ones as they are, the framework's by status, others as 500 without detail. */
export function toProblem(error: unknown, path: string): ProblemError {
  if (error instanceof ProblemError) return error
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number }).statusCode
  if (status === 404)
    return new ProblemError(404, 'not-found', `there is nothing at ${path}; /api/openapi.json lists what there is`)
  if (status === 413) return new ProblemError(413, 'body-too-large', (error as Error).message, { cause: error })
  if (status === 414) return new ProblemError(414, 'url-too-long', 'the URL is too long')
  if (status !== undefined && status >= 400 && status < 500)
    return new ProblemError(400, 'bad-request', (error as Error).message, { cause: error })
  return new ProblemError(500, 'internal', 'this failed within Headwater; its log has the reason', { cause: error })
}

export function sendProblem(reply: FastifyReply, problem: ProblemError): void {
  reply.code(problem.status).headers(problem.headers).send(JSON.stringify(problem.body))
}

/** Every error of every route leaves as a problem document; those of ours to mend are logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(OPTIONS) private readonly options: QueryServerOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    const request = http.getRequest<FastifyRequest>()
    const path = request.url.split('?', 1)[0]?.slice(0, 200) ?? ''
    const problem = toProblem(error, path)
    if (problem.status >= 500) {
      const cause = problem.options.cause ?? error
      this.options.logger.error(`${path}: ${problem.message}`, { code: problem.code, cause: String(cause) })
    }
    sendProblem(http.getResponse<FastifyReply>(), problem)
  }
}
