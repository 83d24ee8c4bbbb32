import type { Grouping } from '@headwater/contracts'
import { Popover } from '../../views/basics/Popover.js'
import { groupings, type Refresh } from '../url/state.js'

const REFRESH_TEXTS: Record<Refresh, string> = {
  live: 'Live, every second',
  '5s': 'Every 5 seconds',
  '30s': 'Every 30 seconds',
  off: 'Off',
}
const REFRESH_SHORT: Record<Refresh, string> = { live: 'Live', '5s': '5 s', '30s': '30 s', off: 'Paused' }

export interface RefreshPickerProps {
  refresh: Refresh
  /** A fixed range has nothing to refresh. */
  fixed: boolean
  failing: boolean
  onChange(refresh: Refresh): void
  onNow(): void
}

export function RefreshPicker({ refresh, fixed, failing, onChange, onNow }: RefreshPickerProps) {
  const state = fixed || refresh === 'off' ? 'none' : failing ? 'bad' : 'ok'
  return (
    <Popover
      label={fixed ? 'Refresh: the range is fixed' : `Refresh: ${REFRESH_TEXTS[refresh]}`}
      button={
        <>
          <i
            className={`hw-dot hw-dot-${state} ${state === 'ok' && refresh === 'live' ? 'app-beat' : ''}`}
            aria-hidden="true"
          />
          {fixed ? 'Fixed' : REFRESH_SHORT[refresh]}
        </>
      }
    >
      {(close) => (
        <div className="app-range">
          {(Object.keys(REFRESH_TEXTS) as Refresh[]).map((r) => (
            <button
              key={r}
              type="button"
              className={r === refresh ? 'app-option app-chosen' : 'app-option'}
              onClick={() => {
                onChange(r)
                close()
              }}
            >
              {REFRESH_TEXTS[r]}
            </button>
          ))}
          <button
            type="button"
            className="hw-button hw-wide"
            onClick={() => {
              onNow()
              close()
            }}
          >
            Refresh now
          </button>
        </div>
      )}
    </Popover>
  )
}

export function GroupPicker({ group, onChange }: { group: Grouping; onChange(group: Grouping): void }) {
  return (
    <label className="app-select">
      <span className="app-wide">Group by</span>
      <select aria-label="Group by" value={group} onChange={(e) => onChange(e.target.value as Grouping)}>
        {groupings.map((g) => (
          <option key={g}>{g}</option>
        ))}
      </select>
    </label>
  )
}
