import { expect, test } from 'vitest'
import { declaredIn } from './otel.js'

const environ = (...variables: string[]) => variables.map((v) => `${v}\0`).join('')

test.each([
  [environ('OTEL_SERVICE_NAME=cart'), 'cart', ''],
  [environ('PATH=/bin', 'OTEL_SERVICE_NAME=cart', 'HOME=/'), 'cart', ''],
  [environ('OTEL_RESOURCE_ATTRIBUTES=service.name=cart,service.namespace=shop'), 'cart', 'shop'],
  [environ('OTEL_RESOURCE_ATTRIBUTES= host.name=h , service.name = cart%20two ,x'), 'cart two', ''],
  [environ('OTEL_RESOURCE_ATTRIBUTES=service.name=a,service.namespace=shop', 'OTEL_SERVICE_NAME=b'), 'b', 'shop'],
  [environ('OTEL_RESOURCE_ATTRIBUTES=service.name=a', 'OTEL_SERVICE_NAME='), 'a', ''],
  [environ('OTEL_RESOURCE_ATTRIBUTES=service.name=a,service.name=b'), 'b', ''],
  [environ('OTEL_SERVICE_NAME=first', 'OTEL_SERVICE_NAME=second'), 'first', ''],
  [environ('OTEL_SERVICE_NAME=a\u202e\n', 'X=1'), 'a\ufffd', ''],
  [environ(`OTEL_SERVICE_NAME=${'x'.repeat(60_000)}`), 'x'.repeat(128), ''],
])('%j', (text, service, namespace) => {
  expect(declaredIn(text)).toEqual({ service, namespace })
})

test.each([
  ['no variables', ''],
  ['another variable that ends like it', environ('MY_OTEL_SERVICE_NAME=cart')],
  ['a value that looks like it', environ('X=OTEL_SERVICE_NAME=cart')],
  ['a name that was cut in the middle', 'PATH=/bin\0OTEL_SERVICE_NAME=car'],
  ['attributes that cannot be decoded', environ('OTEL_RESOURCE_ATTRIBUTES=service.name=50%off')],
  ['attributes without values', environ('OTEL_RESOURCE_ATTRIBUTES=service.name,,=')],
  ['a title in the place of the variables', 'nginx: worker process OTEL_SERVICE_NAME=x'],
])('no name in %s', (_, text) => {
  expect(declaredIn(text)).toEqual({ service: '', namespace: '' })
})
