// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace headwater {

void give_back_memory()
{
#ifdef __GLIBC__
	// The least that is kept at the top of each arena.
	constexpr size_t kPad = 64 * 1024;
	malloc_trim(kPad);
#endif
}

void keep_large_blocks_apart()
{
#ifdef __GLIBC__
	// glibc's own first values; naming them ends their growth.
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
}

} // namespace headwater
