// SPDX-License-Identifier: Apache-2.0
#include "column_writer.h"

#include <vector>

#include "columns.h"

namespace headwater {

namespace {

// Steps over arrays that stand: looked at once, and held. Widths and lengths are checked by the facade (src/column-writer.ts), which
// says how far each index may go; here it is seen to that none goes further.
class ColumnWriter : public Napi::ObjectWrap<ColumnWriter> {
public:
	static Napi::Function define(Napi::Env env)
	{
		return DefineClass(env, "ColumnWriter", {InstanceMethod<&ColumnWriter::write>("write")});
	}

	explicit ColumnWriter(const Napi::CallbackInfo &info) : Napi::ObjectWrap<ColumnWriter>(info)
	{
		const auto rows = info[0].As<Napi::Object>();
		const auto steps = info[1].As<Napi::Array>();
		base_ = reinterpret_cast<int32_t *>(hold(rows.Get("base")));
		entry_ = reinterpret_cast<int32_t *>(hold(rows.Get("entry")));
		owner_ = reinterpret_cast<uint16_t *>(hold(rows.Get("owner")));
		stride_ = number(rows, "stride");
		most_ = number(rows, "most");
		rows_ = number(rows, "rows");
		entries_ = number(rows, "entries");
		owners_ = number(rows, "owners");
		for (uint32_t i = 0; i < steps.Length(); i++) {
			const auto object = steps.Get(i).As<Napi::Object>();
			const auto rule = object.Get("rule").As<Napi::String>().Utf8Value();
			const ColumnStep step = {column_rule(rule), hold(object.Get("to")), hold(object.Get("from")),
						 static_cast<uint32_t>(number(object, "offset")), object.Get("aside").ToBoolean()};
			if (!step.run)
				throw Napi::TypeError::New(info.Env(), "columns have no rule " + rule);
			steps_.push_back(step);
		}
	}

private:
	static size_t number(const Napi::Object &object, const char *name)
	{
		return static_cast<size_t>(object.Get(name).As<Napi::Number>().Int64Value());
	}

	// The array's first byte; it stays where it is while it is held.
	uint8_t *hold(const Napi::Value &value)
	{
		if (!value.IsTypedArray())
			return nullptr;
		const auto array = value.As<Napi::TypedArray>();
		held_.push_back(Napi::Persistent(array.As<Napi::Object>()));
		return static_cast<uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
	}

	// Of records in a Uint8Array: so many rows, from that row on.
	Napi::Value write(const Napi::CallbackInfo &info)
	{
		const auto records = info[0].As<Napi::Uint8Array>();
		const RecordRows rows = {records.Data(), base_, entry_, owner_, info[1].As<Napi::Number>().Uint32Value(),
					 info[2].As<Napi::Number>().Uint32Value()};
		if (!within(rows, records.ByteLength()))
			throw Napi::RangeError::New(info.Env(), "rows, their records or what they are looked up by lie outside");
		return Napi::Number::New(info.Env(), static_cast<double>(write_columns(steps_, rows)));
	}

	bool within(const RecordRows &rows, size_t bytes) const
	{
		if (rows.length > most_ || rows.first_row + rows.length > rows_ || bytes < stride_)
			return false;
		for (size_t r = 0; r < rows.length; r++) {
			// What is negative is above all bounds.
			if (static_cast<uint32_t>(rows.base[r]) > (bytes - stride_) / 4 || static_cast<uint32_t>(rows.entry[r]) >= entries_ ||
			    rows.owner[r] >= owners_)
				return false;
		}
		return true;
	}

	std::vector<Napi::ObjectReference> held_;
	std::vector<ColumnStep> steps_;
	const int32_t *base_ = nullptr;
	const int32_t *entry_ = nullptr;
	const uint16_t *owner_ = nullptr;
	size_t stride_ = 0;
	size_t most_ = 0;
	size_t rows_ = 0;
	size_t entries_ = 0;
	size_t owners_ = 0;
};

} // namespace

Napi::Function define_column_writer(Napi::Env env)
{
	return ColumnWriter::define(env);
}

} // namespace headwater
