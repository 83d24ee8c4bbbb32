// SPDX-License-Identifier: Apache-2.0
#include "layout.h"

#include <cstddef>

namespace headwater {

static_assert(sizeof(hw_record) % 8 == 0 && sizeof(hw_dns_record) % 8 == 0, "records are views of 64-bit words too");

Napi::Object layout_object(Napi::Env env, bool dns)
{
	auto fields = Napi::Array::New(env);
	auto add = [&](const char *kind, const char *name, size_t offset, size_t size, const char *meaning) {
		auto field = Napi::Object::New(env);
		field.Set("name", name);
		field.Set("offset", static_cast<double>(offset));
		field.Set("size", static_cast<double>(size));
		field.Set("kind", kind);
		field.Set("meaning", meaning);
		fields.Set(fields.Length(), field);
	};
#define HW_ADD_FIELD(kind, name, bytes, meaning) \
	static_assert(sizeof(hw_record::name) == (bytes), #name); \
	add(#kind, #name, offsetof(hw_record, name), sizeof(hw_record::name), meaning);
#define HW_ADD_DNS_FIELD(kind, name, bytes, meaning) \
	static_assert(sizeof(hw_dns_record::name) == (bytes), #name); \
	add(#kind, #name, offsetof(hw_dns_record, name), sizeof(hw_dns_record::name), meaning);
	if (dns) {
		HW_DNS_FIELDS(HW_ADD_DNS_FIELD)
	} else {
		HW_RECORD_FIELDS(HW_ADD_FIELD)
	}
#undef HW_ADD_FIELD
#undef HW_ADD_DNS_FIELD

	auto layout = Napi::Object::New(env);
	layout.Set("version", HW_ABI_VERSION);
	layout.Set("stride", static_cast<double>(dns ? sizeof(hw_dns_record) : sizeof(hw_record)));
	layout.Set("fields", fields);
	return layout;
}

Napi::Object constants_object(Napi::Env env)
{
	auto constants = Napi::Object::New(env);
	auto group = [&](const char *name) {
		auto values = Napi::Object::New(env);
		constants.Set(name, values);
		return values;
	};
#define HW_ADD_KIND(name, counter, value) values.Set(#name, value);
#define HW_ADD_VALUE(name, value) values.Set(#name, value);
#define HW_ADD_COUNTER(name, meaning) values.Set(#name, meaning);
	auto values = group("RecordKind");
	HW_RECORD_KINDS(HW_ADD_KIND)
	values = group("Side");
	HW_SIDES(HW_ADD_VALUE)
	values = group("SideSource");
	HW_SIDE_SOURCES(HW_ADD_VALUE)
	values = group("OwnerSource");
	HW_OWNER_SOURCES(HW_ADD_VALUE)
	values = group("RecordFlag");
	HW_RECORD_FLAGS(HW_ADD_VALUE)
	values = group("counters");
	HW_COUNTERS(HW_ADD_COUNTER)
	values = group("losses");
	HW_LOSSES(HW_ADD_COUNTER)
	return constants;
}

} // namespace headwater
