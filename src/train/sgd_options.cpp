#include "floatsd/train/sgd_options.h"

#include <array>
#include <cmath>
#include <string>

#include "core/names.h"
#include "core/refuse.h"

namespace floatsd::train {
namespace {

const std::array<std::string, 2> kSgdKinds = {"nesterov", "momentum"};
const std::array<std::string, 2> kDecaying = {"all", "weights"};

}  // namespace

SgdKind parse_sgd_kind(std::string_view name) {
  return static_cast<SgdKind>(find_name("opt", name, kSgdKinds));
}

std::string to_string(SgdKind kind) { return kSgdKinds[static_cast<size_t>(kind)]; }

WeightDecayOn parse_weight_decay_on(std::string_view name) {
  return static_cast<WeightDecayOn>(find_name("weight-decay-on", name, kDecaying));
}

std::string to_string(WeightDecayOn which) { return kDecaying[static_cast<size_t>(which)]; }

void check(const SgdOptions& options) {
  require(options.momentum >= 0 && options.momentum < 1,
          "momentum: " + std::to_string(options.momentum) + ", expected at least 0 and below 1");
  require(options.weight_decay >= 0 && std::isfinite(options.weight_decay),
          "weight-decay: " + std::to_string(options.weight_decay) + ", expected 0 or more");
}

}  // namespace floatsd::train
