// SPDX-License-Identifier: Apache-2.0
#include "core.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unordered_set>

namespace headwater {

namespace {

// In all namespaces together.
constexpr size_t kAddressLimit = 65536;

std::string text_of(const sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in *>(address)->sin_addr, text, sizeof(text));
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6 *>(address)->sin6_addr, text, sizeof(text));
	return text;
}

} // namespace

// An interface without a carrier still answers for its addresses; one that is down does not.
std::optional<std::vector<std::string>> interface_addresses()
{
	ifaddrs *list;
	std::vector<std::string> addresses;
	std::unordered_set<std::string> known;

	if (getifaddrs(&list) != 0)
		return std::nullopt;
	for (const ifaddrs *entry = list; entry; entry = entry->ifa_next) {
		if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP))
			continue;
		std::string text = text_of(entry->ifa_addr);
		if (!text.empty() && known.insert(text).second)
			addresses.push_back(std::move(text));
	}
	freeifaddrs(list);
	return addresses;
}

std::vector<NamespaceAddresses> Core::addresses()
{
	std::vector<NamespaceAddresses> all;
	size_t room = kAddressLimit;

	for (const NetworkNamespace &ns : observed(address_visits_)) {
		if (interrupted_)
			break;
		if (!sockets_in_use(ns).any()) {
			address_visits_.skipped++;
			continue;
		}
		visit(ns, address_visits_, [&] {
			auto found = interface_addresses();
			if (!found)
				return Visited::failed;
			if (found->size() > room) {
				addresses_over_limit_ += found->size() - room;
				found->resize(room);
			}
			room -= found->size();
			all.push_back({ns.inode, std::move(*found)});
			return Visited::done;
		});
	}
	return all;
}

} // namespace headwater
