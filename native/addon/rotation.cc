// SPDX-License-Identifier: Apache-2.0
#include "rotation.h"

#include <algorithm>
#include <numeric>

namespace headwater {

namespace {

constexpr int kWantedShare = 100;
constexpr int kOthersShare = 1000;
// What was not spent for so long may be spent at once.
constexpr std::chrono::seconds kSaved(10);
constexpr std::chrono::minutes kLongest(5);
constexpr std::chrono::seconds kEach(60);

} // namespace

// The epoch where there is none.
Rotation::Clock::time_point Rotation::at(const Times &times, ino_t inode)
{
	const auto known = times.find(inode);

	return known == times.end() ? Clock::time_point() : known->second;
}

void Rotation::begin(const std::vector<NetworkNamespace> &namespaces, Clock::time_point now)
{
	Times last;
	Times wanted;

	for (const NetworkNamespace &ns : namespaces) {
		const auto walked = last_.find(ns.inode);
		if (walked != last_.end())
			last.insert(*walked);
		const auto waits = wanted_.find(ns.inode);
		if (waits != wanted_.end())
			wanted.insert(*waits);
	}
	last_.swap(last);
	wanted_.swap(wanted);
	begun_ = now;
	// What those have cost that had waited for the longest would hold up the others for hours.
	spent_on_wanted_ = std::clamp(spent_on_wanted_, begun_ - kSaved, begun_ + kLongest);
	spent_on_others_ = std::max(spent_on_others_, begun_ - kSaved);
}

void Rotation::want_all(const std::vector<NetworkNamespace> &namespaces)
{
	for (const NetworkNamespace &ns : namespaces)
		want(ns.inode);
}

std::vector<size_t> Rotation::order(const std::vector<NetworkNamespace> &namespaces) const
{
	std::vector<size_t> places(namespaces.size());

	std::iota(places.begin(), places.end(), 0);
	std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) {
		const ino_t x = namespaces[a].inode;
		const ino_t y = namespaces[b].inode;
		if (wanted_.count(x) != wanted_.count(y))
			return wanted_.count(x) > wanted_.count(y);
		return at(last_, x) < at(last_, y);
	});
	return places;
}

bool Rotation::takes(ino_t inode) const
{
	const auto waits = wanted_.find(inode);

	if (waits != wanted_.end())
		return spent_on_wanted_ < begun_ || begun_ - waits->second >= kLongest;
	return begun_ - at(last_, inode) >= kEach && spent_on_others_ < begun_;
}

void Rotation::walked(ino_t inode, std::chrono::nanoseconds cost)
{
	const bool wanted = wanted_.erase(inode) != 0;
	auto &spent = wanted ? spent_on_wanted_ : spent_on_others_;

	last_[inode] = Clock::now();
	spent += std::chrono::duration_cast<Clock::duration>(cost * (wanted ? kWantedShare : kOthersShare));
}

} // namespace headwater
