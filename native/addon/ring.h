// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace headwater {

// The consumer's end of a BPF ring buffer whose records all have one size. Used by one thread at a time.
//
// libbpf's ring_buffer calls back for each record; this one fills a buffer in one pass.
//
// Memory (Documentation/bpf/ringbuf.rst): a page that user space writes (consumer position), a page that the kernel writes
// (producer position), then the data, at whose end a record goes on at its begin.
// Record: u32 length with two flag bits, u32 page offset, payload padded to 8 bytes.
class Ring {
public:
	Ring() = default;
	Ring(const Ring &) = delete;
	Ring &operator=(const Ring &) = delete;
	~Ring() { unmap(); }

	// Empty when it went well, else what went wrong.
	std::string map(int fd, size_t data_bytes, size_t record_bytes);
	void unmap();
	size_t record_bytes() const { return record_bytes_; }
	bool mapped() const { return consumer_ != nullptr; }

	// Copies at most `limit` records to `out`, one after another; gives how many.
	size_t drain(uint8_t *out, size_t limit);
	size_t data_bytes() const { return data_bytes_; }
	// The most that was in it as the reader came, since the last call.
	size_t take_peak();
	// Records that drain() passed by, since their length is not that of a record: cumulative.
	unsigned long long malformed() const { return malformed_; }

private:
	// Copies the record that begins at a position.
	void copy(uint8_t *out, uint64_t position) const;

	size_t page_ = 0;
	size_t data_bytes_ = 0;
	size_t record_bytes_ = 0;
	uint64_t *consumer_ = nullptr;
	uint8_t *producer_ = nullptr;
	size_t peak_ = 0;
	std::atomic<unsigned long long> malformed_{0};
};

} // namespace headwater
