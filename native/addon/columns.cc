// SPDX-License-Identifier: Apache-2.0
#include "columns.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace headwater {

namespace {

// Rows whose records stay in a core's first cache while one column after the other is written.
constexpr size_t CHUNK = 64;

template <typename T>
T load(const uint8_t *from, size_t i)
{
	T value;
	memcpy(&value, from + i * sizeof(T), sizeof(T));
	return value;
}

template <typename T>
void store(uint8_t *to, size_t i, T value)
{
	memcpy(to + i * sizeof(T), &value, sizeof(T));
}

struct Wide {
	uint64_t words[2];
};

// Writes what `make` gives for each row. Compiled to a loop of its own for each rule.
template <typename T, typename Make>
void each(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end, Make make)
{
	uint8_t *to = step.to + (step.aside ? 0 : rows.first_row * sizeof(T));
	for (size_t r = begin; r < end; r++)
		store<T>(to, r, make(r));
}

template <typename T>
T field(const ColumnStep &step, const RecordRows &rows, size_t r)
{
	return load<T>(rows.records + static_cast<size_t>(rows.base[r]) * 4 + step.offset, 0);
}

template <typename T>
size_t copy(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	each<T>(step, rows, begin, end, [&](size_t r) { return field<T>(step, rows, r); });
	return 0;
}

size_t some(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	each<uint8_t>(step, rows, begin, end, [&](size_t r) { return field<uint8_t>(step, rows, r) != 0; });
	return 0;
}

template <typename T>
size_t pick(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	each<T>(step, rows, begin, end, [&](size_t r) { return load<T>(step.from, rows.owner[r]); });
	return 0;
}

size_t whole(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	each<uint64_t>(step, rows, begin, end, [&](size_t r) -> uint64_t {
		const auto value = load<double>(step.from, r);
		return value >= 0 && value < 0x1p63 ? static_cast<uint64_t>(value) : 0;
	});
	return 0;
}

// Keeps what a counter is now, and gives what it was. Of entry 0 nothing is kept.
template <typename Kept>
Kept exchange(const ColumnStep &step, const RecordRows &rows, size_t r, Kept now)
{
	const auto entry = static_cast<size_t>(rows.entry[r]);
	const auto before = load<Kept>(step.from, entry);
	if (entry != 0)
		store<Kept>(step.from, entry, now);
	return before;
}

// Increase of a counter that wraps at the width of what is kept of it: a step of over half of that is one backwards, and none.
template <typename Kept>
Kept increase(Kept now, Kept before, size_t &clamped)
{
	const auto step = static_cast<Kept>(now - before);
	if (step <= static_cast<Kept>(~Kept{0}) / 2)
		return step;
	clamped++;
	return 0;
}

template <typename Kept>
size_t increases(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	size_t clamped = 0;
	each<uint32_t>(step, rows, begin, end, [&](size_t r) -> uint32_t {
		const auto now = static_cast<Kept>(field<uint32_t>(step, rows, r));
		return increase(now, exchange(step, rows, r, now), clamped);
	});
	return clamped;
}

// 64-bit counters as JavaScript's numbers.
size_t increases_wide(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	size_t clamped = 0;
	each<double>(step, rows, begin, end, [&](size_t r) {
		const auto now = static_cast<double>(field<uint64_t>(step, rows, r));
		const double before = exchange(step, rows, r, now);
		clamped += now < before;
		return now < before ? 0 : now - before;
	});
	return clamped;
}

// Times in us, of which whole ms are kept.
size_t increases_ms(const ColumnStep &step, const RecordRows &rows, size_t begin, size_t end)
{
	size_t clamped = 0;
	each<uint64_t>(step, rows, begin, end, [&](size_t r) -> uint64_t {
		const auto now = static_cast<uint32_t>(field<uint64_t>(step, rows, r) / 1000);
		return uint64_t{increase(now, exchange(step, rows, r, now), clamped)} * 1000;
	});
	return clamped;
}

} // namespace

ColumnStep::Run column_rule(const std::string &rule)
{
	static const std::unordered_map<std::string, ColumnStep::Run> rules = {
		{"copy1", copy<uint8_t>},
		{"copy2", copy<uint16_t>},
		{"copy4", copy<uint32_t>},
		{"copy8", copy<uint64_t>},
		{"copy16", copy<Wide>},
		{"some", some},
		{"pick1", pick<uint8_t>},
		{"pick4", pick<uint32_t>},
		{"pick8", pick<uint64_t>},
		{"whole", whole},
		{"increase2", increases<uint16_t>},
		{"increase4", increases<uint32_t>},
		{"increase8", increases_wide},
		{"increase-ms", increases_ms},
	};
	const auto found = rules.find(rule);
	return found == rules.end() ? nullptr : found->second;
}

size_t write_columns(const std::vector<ColumnStep> &steps, const RecordRows &rows)
{
	size_t clamped = 0;
	for (size_t begin = 0; begin < rows.length; begin += CHUNK) {
		const size_t end = std::min(begin + CHUNK, rows.length);
		for (const ColumnStep &step : steps)
			clamped += step.run(step, rows, begin, end);
	}
	return clamped;
}

} // namespace headwater
