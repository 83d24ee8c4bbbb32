// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace headwater {

// Gives memory that malloc holds without need back to the kernel: what was freed lies in one arena for each thread that ever asked.
void give_back_memory();

// Has malloc give what is large back as soon as it is freed. By itself it raises its bound to the largest block that was ever freed,
// up to 32 MB, and from there on keeps such blocks in arenas, in which they leave holes.
void keep_large_blocks_apart();

} // namespace headwater
