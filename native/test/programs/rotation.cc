// SPDX-License-Identifier: Apache-2.0
// Which network namespaces a walk goes through whole, by a clock of the test's own (native/addon/rotation.h). Says for each question whether
// the namespace's turn has come.
#include <cstdio>

#include "../../addon/rotation.h"

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

int main()
{
	const std::vector<headwater::NetworkNamespace> namespaces = {{1, {}}, {2, {}}};
	const auto start = headwater::Rotation::Clock::now();
	headwater::Rotation rotation;

	rotation.begin(namespaces, start);
	rotation.want(1);
	printf("{\"at_once\":%d,", rotation.takes(1));
	// All had waited for so long that they were walked over whatever it cost.
	rotation.walked(1, hours(1));
	rotation.begin(namespaces, start + seconds(1));
	rotation.want(1);
	printf("\"while_owed\":%d,", rotation.takes(1));
	rotation.begin(namespaces, start + seconds(1) + minutes(5));
	printf("\"after_five_minutes\":%d,", rotation.takes(1));
	rotation.walked(1, milliseconds(30));
	rotation.begin(namespaces, start + minutes(11));
	rotation.want(2);
	printf("\"when_calm\":%d}\n", rotation.takes(2));
	return 0;
}
