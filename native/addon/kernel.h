// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace headwater {

// Length of a jiffy in microseconds: the kernel's counters of waiting time are in jiffies.
unsigned jiffy_us();
// Whether tcp_send_reset tells why (Linux 6.10): asked of the tracepoint's arity.
bool tells_reset_reasons();
// Whether udp_fail_queue_rcv_skb tells the packet (Linux 6.10).
bool tells_dropped_datagram();
// Where the root of cgroup v2 is mounted; empty where no mount of it is to be seen, as in a container.
std::string cgroup2_mount();
// Names of an enumeration of the running kernel by value, without the prefix and in small letters; empty where there is none.
std::vector<std::string> enum_names(const char *name, const char *prefix);

} // namespace headwater
