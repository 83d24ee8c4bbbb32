// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace headwater {

// When a walk has filled its half of the ring it waits for the reader, at most this often and this long.
constexpr int kPatience = 25;
constexpr std::chrono::milliseconds kPause(20);

} // namespace headwater
