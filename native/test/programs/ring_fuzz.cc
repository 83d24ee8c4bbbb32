// SPDX-License-Identifier: Apache-2.0
// The ring's reader over memory that is laid out as the kernel's: ring_fuzz SEED ROUNDS. Records of the right length carry numbers that
// must come out in order, each once; between them are discarded ones and ones of other lengths, and in every other round headers of any
// bits. Compiled with -fsanitize=address,undefined; what is drained goes to memory of just the size that was promised.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/bpf.h>
#include <memory>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

#include "../../addon/ring.h"

namespace {

constexpr size_t kData = 65536;
constexpr size_t kRecord = 320;

[[noreturn]] void fail(const char *what, unsigned long round)
{
	fprintf(stderr, "round %lu: %s\n", round, what);
	exit(1);
}

// The kernel's end. That it has the data twice in a row nobody relies on: behind the first there is nothing here.
class Kernel {
public:
	Kernel(size_t page, uint8_t *memory)
	    : consumer_(reinterpret_cast<uint64_t *>(memory)), producer_(reinterpret_cast<uint64_t *>(memory + page)),
	      data_(memory + 2 * page)
	{
	}
	size_t room() const { return kData - (*producer_ - *consumer_); }
	// A record with a number in its first and last bytes; false where there is no room.
	bool put(uint32_t length, uint32_t flags, uint64_t number)
	{
		const size_t size = (length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
		if (size > room())
			return false;
		const uint32_t header[2] = {length | flags, 0};
		write(*producer_, header, sizeof(header));
		if (length >= sizeof(number))
			for (const size_t at : {size_t{0}, length - sizeof(number)})
				write(*producer_ + BPF_RINGBUF_HDR_SZ + at, &number, sizeof(number));
		__atomic_store_n(producer_, *producer_ + size, __ATOMIC_RELEASE);
		return true;
	}
	// Any bits in what is not read yet, as far as the ring goes.
	void scramble(std::mt19937 &random)
	{
		for (size_t at = 0; at + 4 <= kData; at += 4) {
			const uint32_t any = random() & (random() % 4 ? 0x3ff : 0xffffffff);
			write(at, &any, sizeof(any));
		}
		__atomic_store_n(producer_, (*consumer_ + random() % kData) / 8 * 8, __ATOMIC_RELEASE);
	}
	void clear() { __atomic_store_n(consumer_, __atomic_load_n(producer_, __ATOMIC_RELAXED), __ATOMIC_RELEASE); }

private:
	void write(uint64_t position, const void *bytes, size_t length)
	{
		for (size_t i = 0; i < length; i++)
			data_[(position + i) & (kData - 1)] = static_cast<const uint8_t *>(bytes)[i];
	}
	uint64_t *consumer_;
	uint64_t *producer_;
	uint8_t *data_;
};

} // namespace

int main(int count, char **arguments)
{
	std::mt19937 random(count > 1 ? static_cast<unsigned>(strtoul(arguments[1], nullptr, 10)) : 1);
	const unsigned long rounds = count > 2 ? strtoul(arguments[2], nullptr, 10) : 1000;
	const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
	const size_t bytes = 2 * page + kData;
	const int fd = memfd_create("ring", 0);

	if (fd < 0 || ftruncate(fd, static_cast<off_t>(bytes)) < 0)
		return 1;
	auto *memory = static_cast<uint8_t *>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	Kernel kernel(page, memory);
	headwater::Ring ring;
	if (!ring.map(fd, kData, kRecord).empty())
		return 1;
	uint64_t put = 0;
	uint64_t got = 0;
	for (unsigned long round = 0; round < rounds; round++) {
		const bool hostile = round % 2 == 1;
		if (hostile)
			kernel.scramble(random);
		else
			for (unsigned n = random() % 200; n > 0; n--)
				switch (random() % 8) {
				case 0:
					kernel.put(kRecord, BPF_RINGBUF_DISCARD_BIT, ~0ULL);
					break;
				case 1:
					kernel.put(random() % 1024 == 0 ? 0 : kRecord - 8 - random() % 300, 0, ~0ULL);
					break;
				case 2:
					kernel.put(kRecord + 8 + random() % 300, 0, ~0ULL);
					break;
				default:
					put += kernel.put(kRecord, 0, put);
				}
		for (bool more = true; more;) {
			const size_t room = 1 + random() % 64;
			const std::unique_ptr<uint8_t[]> out(new uint8_t[room * kRecord]);
			const size_t drained = ring.drain(out.get(), room);
			if (drained > room)
				fail("more than there is room for", round);
			for (size_t i = 0; i < drained && !hostile; i++) {
				uint64_t number;
				memcpy(&number, out.get() + i * kRecord, sizeof(number));
				uint64_t last;
				memcpy(&last, out.get() + (i + 1) * kRecord - sizeof(last), sizeof(last));
				if (number != got++)
					fail("another record than the next", round);
				if (number != last)
					fail("half of another record", round);
			}
			more = drained == room;
		}
		if (hostile)
			kernel.clear();
		else if (got != put)
			fail("records were lost", round);
	}
	printf("{\"rounds\":%lu,\"records\":%lu}\n", rounds, static_cast<unsigned long>(got));
	ring.unmap();
	munmap(memory, bytes);
	close(fd);
	return 0;
}
