// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

namespace headwater {

// The class that writes columns of rows (columns.h), as JavaScript sees it.
Napi::Function define_column_writer(Napi::Env env);

} // namespace headwater
