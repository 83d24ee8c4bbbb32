/**
 * The views: React components (18 and 19) that take data and callbacks, and the CSS variables `--hw-*` as their theme.
 * Styles: `@headwater/console/views.css`. Default colours: `@headwater/console/tokens.css`, or the host's own.
 */
export * from './format/money.js'
export * from './format/number.js'
export * from './format/text.js'
export * from './format/time.js'
export { type ChangeKind, countChanges, foundChanges } from './map/changes.js'
export { MapController, type MapOptions } from './map/controller.js'
export {
  emptyGraph,
  type Graph,
  type GraphEdge,
  type GraphNode,
  graphOf,
  type Shape,
} from './map/graph.js'
export type { Selection } from './map/hit.js'
export { InlineLayout, type Layout, WorkerLayout } from './map/layout/layout.js'
export { edgeMatchers, nodeMatchers, type SelectionMatchers, selectionMatchers } from './map/matchers.js'
export type { PositionStorage } from './map/positions.js'
export { type Found, isMatcher, search } from './map/search.js'
export { CompletenessBadge } from './views/completeness/CompletenessBadge.js'
export { CostView, type CostViewProps } from './views/cost/CostView.js'
export { pairId, pairMatchers, searchPairs } from './views/cost/pairs.js'
export { DemoBar, type DemoBarProps } from './views/demo/DemoBar.js'
export { DetailPanel, type DetailPanelProps } from './views/detail/DetailPanel.js'
export { AgentPanel, type AgentPanelProps } from './views/fleet/AgentPanel.js'
export { type CpuSample, type CpuShare, cpuShares } from './views/fleet/cpu.js'
export { FleetView, type FleetViewProps } from './views/fleet/FleetView.js'
export { searchNodes } from './views/fleet/rows.js'
export { FlowsTable, type FlowsTableProps } from './views/flows/FlowsTable.js'
export { HealthView, type HealthViewProps } from './views/health/HealthView.js'
export { HealthNote, StateGlyph, StateText } from './views/health/State.js'
export { ServiceMap, type ServiceMapProps } from './views/map/ServiceMap.js'
export { NamesTable, type NamesTableProps } from './views/names/NamesTable.js'
export { type ChartSpec, edgeCharts, nodeCharts } from './views/series/charts.js'
export { SeriesPanel } from './views/series/SeriesPanel.js'
export { EmptyState, Hints, LoadingState, ProblemState, StaleBanner } from './views/states/States.js'
export { type Column, DataTable, type DataTableProps } from './views/table/DataTable.js'
export { EdgeTable, type EdgeTableProps } from './views/table/EdgeTable.js'
export type { Sort } from './views/table/sort.js'
