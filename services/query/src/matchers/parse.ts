/** The grammar stands in contracts: the Grafana plugin reads and writes filters with the same. */
export { MAX_MATCHERS, type Matcher, MatcherError, type Operator, parseMatchers } from '@headwater/contracts'
