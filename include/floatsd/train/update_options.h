#pragma once
// Options of what moves weights: float descent, or one of the FloatSD trainers
// (docs/formats.md).

#include <string>
#include <string_view>

#include "floatsd/core/digit_groups.h"

namespace floatsd::train {

/// What the digit groups are at first.
enum class StartOfDigits {
  /// As the FloatSD package: states drawn uniformly, exponent 0. The offset, a power of two, makes
  /// the largest value at most the bound of a uniform Kaiming initialization with the gain of a
  /// ReLU, and more than half of that.
  kDrawn,
  kWeights,  ///< the groups nearest to the network's weights, whose largest gives the offset
};

struct SingleTriggerOptions {
  Trigger trigger = Trigger::kHalfDigit;
  Carry carry = Carry::kWrap;
  StartOfDigits start = StartOfDigits::kDrawn;
};

/// What the weights are kept in.
enum class MasterPrecision { kFloat32, kFloat16 };

/// "float32" or "float16"; throws Error, with a suggestion, on anything else.
MasterPrecision parse_master_precision(std::string_view name);
std::string to_string(MasterPrecision precision);

enum class UpdateKind {
  kFloat,          ///< Sgd
  kSingleTrigger,  ///< SingleTrigger
  kMasterCopy,     ///< MasterCopy
};

/// "float", "single-trigger" or "master-copy"; throws Error, with a suggestion, on anything else.
UpdateKind parse_update_kind(std::string_view name);
std::string to_string(UpdateKind kind);

struct UpdateOptions {
  UpdateKind kind = UpdateKind::kFloat;
  const DigitForm* digits = &find_digit_form("floatsd4");  ///< of weights that are not floats
  SingleTriggerOptions single_trigger;
  MasterPrecision master = MasterPrecision::kFloat32;
};

}  // namespace floatsd::train
