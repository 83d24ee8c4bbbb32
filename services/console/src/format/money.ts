const formats = new Map<string, Intl.NumberFormat | undefined>()

function formatOf(currency: string, digits: Intl.NumberFormatOptions): Intl.NumberFormat | undefined {
  const key = currency + JSON.stringify(digits)
  if (!formats.has(key)) {
    try {
      formats.set(key, new Intl.NumberFormat('en-US', { style: 'currency', currency, ...digits }))
    } catch {
      // No ISO 4217 code: the number stands with what the price table calls its currency.
      formats.set(key, undefined)
    }
  }
  return formats.get(key)
}

/** As many as the currency has. */
const CENTS = {}
const WHOLE = { maximumFractionDigits: 0 }
const FINE = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 }

/** What two digits round up to one. */
const ONE = 0.995

/** Money: cents from one unit on, none from ten thousand on, and two digits of what is smaller, so that little is not nothing. */
export function money(amount: number, currency: string): string {
  const digits = amount >= 10_000 ? WHOLE : amount >= ONE || amount === 0 ? CENTS : FINE
  return formatOf(currency, digits)?.format(amount) ?? `${amount.toPrecision(3)} ${currency}`
}

/** All its digits, for a title. */
export const exactMoney = (amount: number, currency: string): string =>
  formatOf(currency, { maximumFractionDigits: 9 })?.format(amount) ?? `${amount} ${currency}`
