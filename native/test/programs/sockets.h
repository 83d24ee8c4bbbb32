// SPDX-License-Identifier: Apache-2.0
// What the servers and clients of servers.cc and clients.cc share. Whatever fails ends the program: a test sees that.
#pragma once

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

inline int checked(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return static_cast<int>(result);
}

inline sockaddr_in address_of(const char *host, int port)
{
	sockaddr_in address = {};

	address.sin_family = AF_INET;
	address.sin_port = htons(static_cast<uint16_t>(port));
	checked(inet_pton(AF_INET, host, &address.sin_addr) - 1, host);
	return address;
}

inline int port_of(int fd, bool peer = false)
{
	sockaddr_in address = {};
	socklen_t length = sizeof(address);
	auto *to = reinterpret_cast<sockaddr *>(&address);

	checked(peer ? getpeername(fd, to, &length) : getsockname(fd, to, &length), "port");
	return ntohs(address.sin_port);
}

inline int new_socket(int protocol = IPPROTO_TCP)
{
	return checked(socket(AF_INET, SOCK_STREAM, protocol), "socket");
}

inline void bind_to(int fd, const char *host, int port)
{
	const sockaddr_in address = address_of(host, port);
	const int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	checked(bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)), "bind");
}

inline int listen_on(const char *host, int port = 0, int protocol = IPPROTO_TCP)
{
	const int fd = new_socket(protocol);

	bind_to(fd, host, port);
	checked(listen(fd, 64), "listen");
	return fd;
}

inline int connect_to(int fd, const char *host, int port)
{
	const sockaddr_in address = address_of(host, port);

	return connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address));
}

inline long read_to_end(int fd)
{
	char buffer[65536];
	long sum = 0;
	ssize_t bytes;

	while ((bytes = read(fd, buffer, sizeof(buffer))) > 0)
		sum += bytes;
	return sum;
}

inline void write_all(int fd, long bytes)
{
	char buffer[65536];

	memset(buffer, 'x', sizeof(buffer));
	while (bytes > 0) {
		const ssize_t part = write(fd, buffer, static_cast<size_t>(bytes < 65536 ? bytes : 65536));
		checked(part, "write");
		bytes -= part;
	}
}

// A line of JSON for the test; whole, whoever else writes.
#define TELL(...) \
	do { \
		char line[512]; \
		const int length = snprintf(line, sizeof(line), __VA_ARGS__); \
		line[length] = '\n'; \
		checked(write(1, line, static_cast<size_t>(length) + 1), "tell"); \
	} while (0)

inline void wait_for_line()
{
	char byte;

	while (read(0, &byte, 1) == 1 && byte != '\n')
		;
}
