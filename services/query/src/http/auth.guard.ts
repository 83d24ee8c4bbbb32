import { createHash, timingSafeEqual } from 'node:crypto'
import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { FastifyRequest } from 'fastify'
import { OPTIONS, type QueryServerOptions } from '../options.js'
import { isLoopback } from './hosts.js'
import { ProblemError } from './problem.js'

const ACCESS = 'headwater:access'

/** `open`: without the token. `loopback`: without it where the server listens on loopback only. Else the token is asked for. */
export const Access = (access: 'open' | 'loopback') => SetMetadata(ACCESS, access)

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Asks for the token on every route that is not marked with `Access`. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly expected: Buffer
  private readonly loopback: boolean

  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(OPTIONS) options: QueryServerOptions,
  ) {
    this.expected = digest(options.token)
    this.loopback = isLoopback(options.host)
  }

  canActivate(context: ExecutionContext): boolean {
    const access = this.reflector.getAllAndOverride<string | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ])
    if (access === 'open' || (access === 'loopback' && this.loopback)) return true
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers.authorization
    const given = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1]
    // Digests have one length, so that the comparison tells nothing of the token's.
    if (given !== undefined && timingSafeEqual(digest(given), this.expected)) return true
    throw new ProblemError(
      401,
      given === undefined ? 'token-missing' : 'token-wrong',
      `${given === undefined ? 'this needs the header' : 'the token is not the one of this server in'} "Authorization: Bearer TOKEN"; ` +
        'the token is in the URL that "headwater up" prints at its start, and in the file "token" of its data folder',
    )
  }
}
