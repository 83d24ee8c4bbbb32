#!/usr/bin/env node
// Fetches the jars of the Kafka broker that tests run, once. Wants the built package, Maven and Java.
import { prepareKafka } from '../dist/testing/index.js'

try {
  console.log(await prepareKafka())
} catch (error) {
  console.error(
    `The jars of Kafka cannot be had: ${error.message}\nInstall them first: apt-get install maven default-jre-headless`,
  )
  process.exitCode = 1
}
