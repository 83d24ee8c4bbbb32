// SPDX-License-Identifier: Apache-2.0
// A connected UDP socket that also sends to another address: datagrams HOST PORT OTHER-HOST OTHER-PORT [OWN-PORT]. Three datagrams of 10 bytes by
// send(), two of 20 bytes by sendto() elsewhere; what comes back is read. A line ends it.
#include "sockets.h"

int main(int count, char **arguments)
{
	if (count != 5 && count != 6)
		return 2;
	const sockaddr_in peer = address_of(arguments[1], atoi(arguments[2]));
	const sockaddr_in other = address_of(arguments[3], atoi(arguments[4]));
	const int fd = checked(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	const char bytes[20] = {};

	if (count == 6)
		bind_to(fd, "127.0.0.1", atoi(arguments[5]));
	checked(connect(fd, reinterpret_cast<const sockaddr *>(&peer), sizeof(peer)), "connect");
	for (int i = 0; i < 3; i++)
		checked(send(fd, bytes, 10, 0), "send");
	for (int i = 0; i < 2; i++)
		checked(sendto(fd, bytes, 20, 0, reinterpret_cast<const sockaddr *>(&other), sizeof(other)), "sendto");
	TELL("{\"pid\":%d,\"port\":%d}", getpid(), port_of(fd));
	wait_for_line();
	return 0;
}
