#include "floatsd/train/sgd_options.h"

#include <cmath>
#include <string>

#include "core/enum_names.h"
#include "core/refuse.h"

namespace floatsd::train {
namespace {

const EnumNames<SgdKind> kSgdKinds({"nesterov", "momentum"});
const EnumNames<WeightDecayOn> kDecaying({"all", "weights"});

}  // namespace

SgdKind parse_sgd_kind(std::string_view name) { return kSgdKinds.parse("opt", name); }

std::string to_string(SgdKind kind) { return kSgdKinds[kind]; }

WeightDecayOn parse_weight_decay_on(std::string_view name) {
  return kDecaying.parse("weight-decay-on", name);
}

std::string to_string(WeightDecayOn which) { return kDecaying[which]; }

void check(const SgdOptions& options) {
  require(options.momentum >= 0 && options.momentum < 1,
          "momentum: " + std::to_string(options.momentum) + ", expected at least 0 and below 1");
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay),
          "weight-decay: " + std::to_string(options.weight_decay) + ", expected 0 or more");
}

}  // namespace floatsd::train
