// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace load {

// What a round does: storm (connect, one request, one answer, close), rr (1-byte request and answer on one connection), stream
// (64 KB writes on one connection), udp (100-byte request and answer).
enum class Mode : uint8_t { storm = 's', rr = 'r', stream = 't', udp = 'u', hold = 'h', touch = 'c', drop = 'd' };

// From the client's process to the server's.
struct Order {
	Mode mode;
	uint32_t count;
};

// Where a load is: its first port, and so many from there on. Held connections are spread over them, since one port has fewer than
// 65,536 clients of one address.
constexpr unsigned kPorts = 16;
struct Place {
	const char *address;
	unsigned port;
};
constexpr size_t kStreamBytes = 64 * 1024;
constexpr size_t kRequestBytes = 100;

// Ends the process with what failed.
[[noreturn]] void die(const char *what);
// A result that is not negative, or the end.
long must(long result, const char *what);

// The client's end of a round of `seconds`; gives its operations.
uint64_t run_client(Mode mode, const Place &place, double seconds);

// The server's end: made once, serves a round until the client's end of it.
class Server {
public:
	explicit Server(unsigned port);
	void serve(Mode mode);
	void hold(unsigned connections);
	// Answers a byte on each held connection.
	void touch();
	void drop();

private:
	void serve_stream(Mode mode);
	std::vector<int> listeners_;
	std::vector<int> held_;
	int datagrams_;
};

// Connections that the client's end keeps open.
class Held {
public:
	void open(const Place &place, unsigned connections);
	// A byte there and back on each.
	void touch_begin();
	void touch_end();
	void drop();
	size_t size() const { return sockets_.size(); }

private:
	std::vector<int> sockets_;
};

// Prints the ids of all BPF programs, maps and links of the machine, and of the programs at a cgroup.
int tell_objects(const char *cgroup);

} // namespace load
