import type { ServiceDefinition } from '@grpc/grpc-js'
import protobuf from 'protobufjs/light.js'
import controller from '../../proto/controller.proto'
import health from '../../proto/health.proto'
import pluginv2 from '../../proto/pluginv2.proto'

const reading: protobuf.IConversionOptions = { longs: Number, defaults: true, arrays: true, objects: true }

/** The services of one package, as gRPC serves them: `{ Data: { QueryData: ... } }`. */
function servicesOf(json: protobuf.INamespace, packageName: string): Record<string, ServiceDefinition> {
  const root = protobuf.Root.fromJSON(json)
  root.resolveAll()
  const namespace = root.lookup(packageName) as protobuf.Namespace
  const services = namespace.nestedArray.filter((o) => o instanceof protobuf.Service)
  return Object.fromEntries(
    services.map((service) => {
      const methods = service.methodsArray.map((method) => {
        const { resolvedRequestType: request, resolvedResponseType: response } = method
        if (request === null || response === null) throw new Error(`${method.fullName}: unresolved types`)
        return [
          method.name,
          {
            path: `/${packageName}.${service.name}/${method.name}`,
            requestStream: false,
            responseStream: method.responseStream === true,
            requestSerialize: (value: object) => Buffer.from(request.encode(value).finish()),
            requestDeserialize: (bytes: Buffer) => request.toObject(request.decode(bytes), reading),
            responseSerialize: (value: object) => Buffer.from(response.encode(value).finish()),
            responseDeserialize: (bytes: Buffer) => response.toObject(response.decode(bytes), reading),
          },
        ]
      })
      return [service.name, Object.fromEntries(methods)]
    }),
  )
}

export const pluginServices = servicesOf(pluginv2, 'pluginv2')
export const healthServices = servicesOf(health, 'grpc.health.v1')
export const controllerServices = servicesOf(controller, 'plugin')
