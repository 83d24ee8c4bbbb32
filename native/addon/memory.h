// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace headwater {

// Gives memory that malloc holds without need back to the kernel: what was freed lies in one arena for each thread that ever asked.
void give_back_memory();

} // namespace headwater
