#include "floatsd/train/update_options.h"

#include <array>

#include "core/names.h"

namespace floatsd::train {
namespace {

const std::array<std::string, 3> kUpdateKinds = {"float", "single-trigger", "master-copy"};
const std::array<std::string, 2> kPrecisions = {"float32", "float16"};

}  // namespace

UpdateKind parse_update_kind(std::string_view name) {
  return static_cast<UpdateKind>(find_name("update", name, kUpdateKinds));
}

std::string to_string(UpdateKind kind) { return kUpdateKinds[static_cast<size_t>(kind)]; }

MasterPrecision parse_master_precision(std::string_view name) {
  return static_cast<MasterPrecision>(find_name("master", name, kPrecisions));
}

std::string to_string(MasterPrecision precision) {
  return kPrecisions[static_cast<size_t>(precision)];
}

}  // namespace floatsd::train
