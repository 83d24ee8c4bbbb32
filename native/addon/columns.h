// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace headwater {

// Rows that are made of records: where each record begins, and what else it is looked up by.
struct RecordRows {
	const uint8_t *records; // a record begins at records + base * 4
	const int32_t *base;
	const int32_t *entry; // of what is kept from one record of a socket to the next; 0: nothing is kept
	const uint16_t *owner;
	size_t length;
	size_t first_row;
};

// What is done for each row. `to` is written, `from` is read (and, where it is what was kept, written).
struct ColumnStep {
	using Run = size_t (*)(const ColumnStep &, const RecordRows &, size_t begin, size_t end);

	Run run;
	uint8_t *to;
	uint8_t *from;
	uint32_t offset; // of the field in a record
	bool aside;	 // `to` begins with the first of the rows, else it is a whole column
};

// What `rule` does (columns.cc), or nullptr.
ColumnStep::Run column_rule(const std::string &rule);

// Does all steps. Returns how often a counter was below what was kept of it: such a one has not increased.
size_t write_columns(const std::vector<ColumnStep> &steps, const RecordRows &rows);

} // namespace headwater
