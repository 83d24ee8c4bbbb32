// SPDX-License-Identifier: Apache-2.0
#include "load.h"

#include <arpa/inet.h>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {

namespace {

sockaddr_in end_of(const Place &place, unsigned offset = 0)
{
	sockaddr_in end;
	memset(&end, 0, sizeof(end));
	end.sin_family = AF_INET;
	end.sin_port = htons(static_cast<uint16_t>(place.port + offset));
	if (inet_pton(AF_INET, place.address, &end.sin_addr) != 1)
		die(place.address);
	return end;
}

int connected(const sockaddr_in &end, int type)
{
	const int fd = static_cast<int>(must(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket"));
	must(connect(fd, reinterpret_cast<const sockaddr *>(&end), sizeof(end)), "connect");
	return fd;
}

class Deadline {
public:
	explicit Deadline(double seconds)
	{
		clock_gettime(CLOCK_MONOTONIC, &end_);
		const auto whole = static_cast<time_t>(seconds);
		end_.tv_sec += whole;
		end_.tv_nsec += static_cast<long>((seconds - static_cast<double>(whole)) * 1e9);
	}
	bool passed() const
	{
		timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		return (now.tv_sec - end_.tv_sec) * 1000000000L + (now.tv_nsec - end_.tv_nsec) >= 0;
	}

private:
	timespec end_;
};

void exchange(int fd, char *bytes, size_t length)
{
	must(send(fd, bytes, length, 0), "send");
	if (must(recv(fd, bytes, length, MSG_WAITALL), "recv") == 0)
		die("the server hung up");
}

uint64_t storm(const sockaddr_in &end, const Deadline &deadline)
{
	char bytes[kRequestBytes] = {};
	uint64_t operations = 0;
	bool last;

	do {
		last = deadline.passed();
		// The first byte says whether another comes.
		bytes[0] = last ? 'E' : 'R';
		const int fd = connected(end, SOCK_STREAM);
		exchange(fd, bytes, sizeof(bytes));
		close(fd);
		operations++;
	} while (!last);
	return operations;
}

uint64_t rr(const sockaddr_in &end, const Deadline &deadline)
{
	const int fd = connected(end, SOCK_STREAM);
	const int on = 1;
	uint64_t operations = 0;
	char byte = 'R';

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (; !deadline.passed(); operations++)
		exchange(fd, &byte, 1);
	close(fd);
	return operations;
}

uint64_t stream(const sockaddr_in &end, const Deadline &deadline)
{
	static char bytes[kStreamBytes];
	const int fd = connected(end, SOCK_STREAM);
	uint64_t operations = 0;

	for (; !deadline.passed(); operations++)
		must(send(fd, bytes, sizeof(bytes), 0), "send");
	close(fd);
	return operations;
}

uint64_t udp(const sockaddr_in &end, const Deadline &deadline)
{
	char bytes[kRequestBytes] = {};
	const int fd = connected(end, SOCK_DGRAM);
	uint64_t operations = 0;

	for (; !deadline.passed(); operations++) {
		must(send(fd, bytes, sizeof(bytes), 0), "send");
		must(recv(fd, bytes, sizeof(bytes), 0), "recv");
	}
	// A single byte ends it.
	must(send(fd, bytes, 1, 0), "send");
	close(fd);
	return operations;
}

} // namespace

uint64_t run_client(Mode mode, const Place &place, double seconds)
{
	const sockaddr_in end = end_of(place);
	const Deadline deadline(seconds);

	switch (mode) {
	case Mode::storm:
		return storm(end, deadline);
	case Mode::rr:
		return rr(end, deadline);
	case Mode::stream:
		return stream(end, deadline);
	default:
		return udp(end, deadline);
	}
}

void Held::open(const Place &place, unsigned connections)
{
	for (unsigned i = 0; i < connections; i++) {
		const auto offset = static_cast<unsigned>(sockets_.size() % kPorts);
		sockets_.push_back(connected(end_of(place, offset), SOCK_STREAM));
	}
}

void Held::touch_begin()
{
	const char byte = 'T';
	for (const int fd : sockets_)
		must(send(fd, &byte, 1, 0), "send");
}

void Held::touch_end()
{
	char byte;
	for (const int fd : sockets_)
		must(recv(fd, &byte, 1, 0), "recv");
}

void Held::drop()
{
	for (const int fd : sockets_)
		close(fd);
	sockets_.clear();
}

} // namespace load
