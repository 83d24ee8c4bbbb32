// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "addresses.h"
#include "capability.h"
#include "kernel_limits.h"
#include "limit.h"
#include "netns.h"
#include "program.h"
#include "ring.h"
#include "rotation.h"

namespace headwater {

struct WalkOutcome {
	unsigned namespaces = 0;
	unsigned failed = 0;
	double duration_ms = 0;
	std::string error;
};

// What became of the network namespaces that were to be visited; cumulative.
struct Visits {
	std::atomic<unsigned long long> vanished{0};
	std::atomic<unsigned long long> failed{0};
	std::atomic<unsigned long long> skipped{0};
	std::atomic<unsigned long long> over_limit{0};
	std::atomic<unsigned long long> processes_refused{0};
};

// The probe without JavaScript. open, walk, addresses, limits, detach, attach and close run on the probe's own thread; drain on the event loop.
class Core {
public:
	explicit Core(ProbeOptions options) : options_(std::move(options)) {}

	OpenOutcome open();
	WalkOutcome walk();
	// The interface addresses in each namespace that the probe observes.
	std::vector<NamespaceAddresses> addresses();
	// What of the kernel's can run out, in each namespace that the probe observes and on the machine.
	std::vector<KernelLimit> limits();
	// Detaches optional programs, which stay loaded; the reason and what mends it become their capability's.
	void detach(const std::vector<std::string> &names, const std::string &reason, const std::string &fix);
	// Attaches them again, in this order. One that fails says so in its capability.
	void attach(const std::vector<std::string> &names);
	// Detaches and frees everything but the ring's mapping.
	void close();
	// Makes a running walk, or reading of addresses, end early.
	void interrupt() { interrupted_ = true; }

	// On the event loop, between open and close.
	Ring &ring() { return ring_; }
	// Not mapped where UDP is not observed.
	Ring &dns_ring() { return dns_ring_; }
	std::vector<Capability> capabilities();
	std::map<std::string, unsigned long long> counters();
	std::vector<KernelObject> inventory();
	std::vector<ProgramRuns> runs();

private:
	OpenOutcome load();
	bool start(Program &program, const char *object, Capability &capability);
	std::unique_ptr<Program> start_newer(const ProgramSpec &spec);
	void seed();
	void set_seeding(bool seeding);
	void settle_owners();
	bool owners_unsettled();
	void pass_open_files();
	bool set_limit();
	enum class Visited { done, idle, vanished, failed };
	std::vector<NetworkNamespace> observed(Visits &visits);
	Visited visit(const NetworkNamespace &ns, Visits &visits, const std::function<Visited()> &work);
	Visited walk_here(const NetworkNamespace &ns, const SocketsInUse &in_use, bool whole, bool patient);
	bool walk_slots(const std::vector<NetworkNamespace> &namespaces);
	void take_wanted();
	bool walk_slots(unsigned first, int &patience);
	bool walk_locked_slots(unsigned locked);
	bool observes_datagrams();
	void begin_datagram_walk();
	void note_datagram_walk(const NetworkNamespace &ns);
	void drain_datagrams(bool patient);
	bool iterate(int link_fd, const std::function<void()> &held_up = nullptr);
	bool iterate_patiently(int link_fd);
	void set_walk_waits(bool waits);
	WalkOutcome walk(bool patient);
	Program *program(const char *capability);
	Program *detachable(const std::string &name);
	void tell(const std::string &name, bool ok, const std::string &reason, const std::string &fix);
	void read_counters();
	void read_visits(const std::string &prefix, const Visits &visits);
	unsigned long long kernel_counter(unsigned index);
	std::vector<unsigned long long> kernel_counters();
	unsigned long long handshakes_evicted(unsigned long long noted);
	void remember(const Capability &capability);

	ProbeOptions options_;
	NamespaceLimit limit_;
	MapFds maps_;
	Ring ring_;
	Ring dns_ring_;
	std::vector<std::unique_ptr<Program>> programs_;
	// Loaded, but not attached: the other programs may use their maps.
	std::vector<std::unique_ptr<Program>> dormant_;
	unsigned datagram_walk_ = 0;
	unsigned long long datagram_walk_ns_ = 0;
	Rotation rotation_;
	// More namespaces want a walk of their own than the kernel's list has room for.
	bool overflown_ = false;
	std::atomic<unsigned long long> slot_passes_{0};
	std::atomic<unsigned long long> sockets_locked_{0};
	std::optional<ThreadNamespace> own_namespace_;
	bool may_enter_ = false;
	std::atomic<bool> interrupted_{false};
	Visits walk_visits_;
	Visits address_visits_;
	Visits limit_visits_;
	std::vector<KernelLimit> limits_;
	// When they may be read again.
	std::chrono::steady_clock::time_point limits_may_;
	std::atomic<unsigned long long> addresses_over_limit_{0};
	// When the next pass over open files may begin, and when one is due whatever the sockets say.
	std::chrono::steady_clock::time_point pass_may_;
	std::chrono::steady_clock::time_point pass_due_;
	std::atomic<unsigned long long> owner_passes_{0};
	// Whose walk could not be noted: the ends of UDP conversations there are told by silence alone.
	std::atomic<unsigned long long> namespaces_unnoted_{0};

	// Guards what the event loop reads while the probe's thread works.
	std::mutex mutex_;
	bool open_ = false;
	std::vector<Capability> capabilities_;
	std::map<std::string, unsigned long long> counters_;
	unsigned long long handshakes_evicted_ = 0;
};

} // namespace headwater
