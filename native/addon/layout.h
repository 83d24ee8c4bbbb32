// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include "../../bpf/dns.h"

namespace headwater {

// The records' layout and the enumerations of bpf/flow.h, for the facade to compare with what it knows.
Napi::Object layout_object(Napi::Env env, bool dns);
Napi::Object constants_object(Napi::Env env);

} // namespace headwater
