#include "floatsd/train/update_options.h"

#include "core/enum_names.h"

namespace floatsd::train {
namespace {

const EnumNames<UpdateKind> kUpdateKinds({"float", "single-trigger", "master-copy"});
const EnumNames<MasterPrecision> kPrecisions({"float32", "float16"});

}  // namespace

UpdateKind parse_update_kind(std::string_view name) { return kUpdateKinds.parse("update", name); }

std::string to_string(UpdateKind kind) { return kUpdateKinds[kind]; }

MasterPrecision parse_master_precision(std::string_view name) {
  return kPrecisions.parse("master", name);
}

std::string to_string(MasterPrecision precision) { return kPrecisions[precision]; }

}  // namespace floatsd::train
