import { UserError } from '@headwater/contracts/runtime'

/** The user's view of why an agent cannot work here. A probe's errors carry a code and a fix of their own. */
export function agentError(error: unknown): UserError {
  if (error instanceof UserError) return error
  const { name, code, message, fix } = error as Error & { code?: string; fix?: string }
  if (name === 'ProbeError') {
    return new UserError(`probe-${code}`, message, fix ?? '`headwater doctor` says what works here.', { cause: error })
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED') {
    const how = 'Install clang, libbpf-dev, libelf-dev, zlib1g-dev, make and g++, then run `npm run setup`.'
    return new UserError('agent-not-built', `The agent is not built on this machine: ${message}`, how, { cause: error })
  }
  if (name === 'BusError') {
    return new UserError(
      `bus-${code}`,
      `The bus refuses the agent: ${message}`,
      'Check kafka.* or data-dir of agent and ingest.',
      { cause: error },
    )
  }
  return new UserError('agent', `The agent failed: ${message}`, '`headwater doctor` says what works here.', {
    cause: error,
  })
}
