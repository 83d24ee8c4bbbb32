// SPDX-License-Identifier: Apache-2.0
#include "kernel_limits.h"

#include <algorithm>
#include <arpa/inet.h>
#include <bitset>
#include <cstdio>
#include <cstring>
#include <map>
#include <unistd.h>

namespace headwater {

namespace {

using Ports = std::bitset<65536>;

// Told of one by one are so many addresses of a namespace: those with the most ports in use.
constexpr size_t kAddresses = 16;
// More are not looked at: each has a set of 8 KiB.
constexpr size_t kAddressesSeen = 1024;
// Which ports are in use is read only where more sockets than this part of the range are: it takes as long as a walk.
constexpr unsigned kPart = 10;
constexpr unsigned kListen = 10;

struct Range {
	unsigned first = 0;
	unsigned last = 0;
	unsigned size() const { return last - first + 1; }
};

bool read_numbers(const char *path, unsigned long long *out, size_t count)
{
	FILE *stream = fopen(path, "re");
	size_t found = 0;

	if (!stream)
		return false;
	while (found < count && fscanf(stream, "%llu", &out[found]) == 1)
		found++;
	fclose(stream);
	return found == count;
}

// What follows `name` in the line of `protocol` in a sockstat file, such as tw in "TCP: inuse 18 orphan 1 tw 306 alloc 85 mem 319".
unsigned long long sockstat(const char *path, const char *protocol, const char *name)
{
	FILE *stream = fopen(path, "re");
	char line[256];
	unsigned long long value = 0;
	const std::string key = std::string(" ") + name + " ";

	if (!stream)
		return 0;
	while (fgets(line, sizeof(line), stream)) {
		const char *at = strncmp(line, protocol, strlen(protocol)) == 0 ? strstr(line, key.c_str()) : nullptr;
		if (at && sscanf(at + key.size(), "%llu", &value) == 1)
			break;
	}
	fclose(stream);
	return value;
}

// As /proc/net/tcp and tcp6 write it: words of 32 bits in the machine's order. What is IPv4 on the wire is IPv4.
std::string address_of(const char *hex)
{
	unsigned words[4] = {};
	char text[INET6_ADDRSTRLEN] = "";
	const size_t count = strlen(hex) / 8;

	for (size_t i = 0; i < count && i < 4; i++)
		sscanf(hex + i * 8, "%8x", &words[i]);
	const bool mapped = count == 4 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
	if (count == 4 && !mapped)
		inet_ntop(AF_INET6, words, text, sizeof(text));
	else
		inet_ntop(AF_INET, &words[count == 4 ? 3 : 0], text, sizeof(text));
	return text;
}

// TIME_WAIT too: its port is not free.
void add_ports(const char *path, const Range &range, std::map<std::string, Ports> &used)
{
	FILE *stream = fopen(path, "re");
	char line[512];

	if (!stream)
		return;
	while (fgets(line, sizeof(line), stream)) {
		char address[33];
		unsigned port;
		unsigned state;
		if (sscanf(line, " %*d: %32[0-9A-F]:%x %*32[0-9A-F]:%*x %x", address, &port, &state) != 3)
			continue;
		if (state == kListen || port < range.first || port > range.last)
			continue;
		auto known = used.find(address);
		if (known == used.end() && used.size() < kAddressesSeen)
			known = used.emplace(address, Ports()).first;
		if (known != used.end())
			known->second.set(port);
	}
	fclose(stream);
}

void read_ports(ino_t netns, std::vector<KernelLimit> &limits)
{
	unsigned long long numbers[2];

	if (!read_numbers("/proc/sys/net/ipv4/ip_local_port_range", numbers, 2) || numbers[1] < numbers[0] || numbers[1] > 65535)
		return;
	const Range range = {static_cast<unsigned>(numbers[0]), static_cast<unsigned>(numbers[1])};
	const auto sockets = sockstat("/proc/thread-self/net/sockstat", "TCP:", "inuse") +
			     sockstat("/proc/thread-self/net/sockstat", "TCP:", "tw") +
			     sockstat("/proc/thread-self/net/sockstat6", "TCP6:", "inuse");
	if (sockets <= range.size() / kPart) {
		if (sockets > 0)
			limits.push_back({"ports", netns, "", sockets, range.size()});
		return;
	}
	std::map<std::string, Ports> by_hex;
	add_ports("/proc/thread-self/net/tcp", range, by_hex);
	add_ports("/proc/thread-self/net/tcp6", range, by_hex);
	std::map<std::string, Ports> used;
	for (const auto &[hex, ports] : by_hex)
		used[address_of(hex.c_str())] |= ports;
	std::vector<KernelLimit> found;
	for (const auto &[address, ports] : used)
		found.push_back({"ports", netns, address, ports.count(), range.size()});
	std::sort(found.begin(), found.end(), [](const KernelLimit &a, const KernelLimit &b) { return a.used > b.used; });
	found.resize(std::min(found.size(), kAddresses));
	limits.insert(limits.end(), found.begin(), found.end());
}

void read_memory(const char *kind, const char *protocol, const char *path, ino_t netns, std::vector<KernelLimit> &limits)
{
	// Above the first it is no matter, above the second the kernel saves, above the third it refuses.
	unsigned long long pages[3];
	const auto page = static_cast<unsigned long long>(sysconf(_SC_PAGESIZE));

	if (read_numbers(path, pages, 3))
		limits.push_back({kind, netns, "", sockstat("/proc/thread-self/net/sockstat", protocol, "mem") * page, pages[2] * page});
}

} // namespace

void read_namespace_limits(ino_t netns, std::vector<KernelLimit> &limits)
{
	unsigned long long count;
	unsigned long long max;

	read_ports(netns, limits);
	if (read_numbers("/proc/sys/net/netfilter/nf_conntrack_count", &count, 1) && count > 0 &&
	    read_numbers("/proc/sys/net/netfilter/nf_conntrack_max", &max, 1) && max > 0)
		limits.push_back({"conntrack", netns, "", count, max});
}

void read_machine_limits(ino_t netns, std::vector<KernelLimit> &limits)
{
	read_memory("tcp-memory", "TCP:", "/proc/sys/net/ipv4/tcp_mem", netns, limits);
	read_memory("udp-memory", "UDP:", "/proc/sys/net/ipv4/udp_mem", netns, limits);
}

} // namespace headwater
