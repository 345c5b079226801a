#pragma once
// Weight update: which optimizer a training has, and its options.

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/train/master_copy.h"
#include "floatsd/train/optimizer.h"
#include "floatsd/train/sgd.h"
#include "floatsd/train/single_trigger.h"

namespace floatsd::train {

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

std::unique_ptr<Optimizer> make_optimizer(const std::vector<at::Tensor>& parameters,
                                          const SgdOptions& sgd, const UpdateOptions& update);

}  // namespace floatsd::train
