// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace headwater {

std::string Ring::map(int fd, size_t data_bytes, size_t record_bytes)
{
	page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
	data_bytes_ = data_bytes;
	record_bytes_ = record_bytes;
	void *consumer = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return std::string("mmap of the ring's consumer page: ") + strerror(errno);
	// The kernel would map the data once more behind itself, so that no record is in two parts: all its pages would count as resident twice.
	void *producer = mmap(nullptr, page_ + data_bytes, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(page_));
	if (producer == MAP_FAILED) {
		std::string reason = std::string("mmap of the ring's data: ") + strerror(errno);
		munmap(consumer, page_);
		return reason;
	}
	consumer_ = static_cast<uint64_t *>(consumer);
	producer_ = static_cast<uint8_t *>(producer);
	return {};
}

void Ring::unmap()
{
	if (!consumer_)
		return;
	munmap(consumer_, page_);
	munmap(producer_, page_ + data_bytes_);
	consumer_ = nullptr;
	producer_ = nullptr;
}

size_t Ring::take_peak()
{
	return std::exchange(peak_, 0);
}

void Ring::copy(uint8_t *out, uint64_t position) const
{
	const uint8_t *data = producer_ + page_;
	const size_t begin = position & (data_bytes_ - 1);
	const size_t first = std::min(record_bytes_, data_bytes_ - begin);
	memcpy(out, data + begin, first);
	memcpy(out + first, data, record_bytes_ - first);
}

size_t Ring::drain(uint8_t *out, size_t limit)
{
	const uint8_t *data = producer_ + page_;
	const uint64_t produced = __atomic_load_n(reinterpret_cast<const uint64_t *>(producer_), __ATOMIC_ACQUIRE);
	uint64_t consumed = __atomic_load_n(consumer_, __ATOMIC_RELAXED);
	size_t count = 0;

	peak_ = std::max(peak_, static_cast<size_t>(produced - consumed));
	while (count < limit && consumed < produced) {
		const uint8_t *record = data + (consumed & (data_bytes_ - 1));
		const uint32_t header = __atomic_load_n(reinterpret_cast<const uint32_t *>(record), __ATOMIC_ACQUIRE);
		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		const uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (header & BPF_RINGBUF_DISCARD_BIT)
			; // Given back by its program.
		else if (length == record_bytes_)
			copy(out + count++ * record_bytes_, consumed + BPF_RINGBUF_HDR_SZ);
		else
			malformed_++;
		consumed += (length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
		// Space is given back record by record: a long drain must not hold up the kernel.
		__atomic_store_n(consumer_, consumed, __ATOMIC_RELEASE);
	}
	return count;
}

} // namespace headwater
