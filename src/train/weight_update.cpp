#include "floatsd/train/weight_update.h"

#include <array>

#include "floatsd/core/names.h"

namespace floatsd::train {
namespace {

const std::array<std::string, 3> kKinds = {"float", "single-trigger", "master-copy"};

}  // namespace

UpdateKind parse_update_kind(std::string_view name) {
  return static_cast<UpdateKind>(find_name("update", name, kKinds));
}

std::string to_string(UpdateKind kind) { return kKinds[static_cast<size_t>(kind)]; }

std::unique_ptr<Optimizer> make_optimizer(const std::vector<at::Tensor>& parameters,
                                          const SgdOptions& sgd, const UpdateOptions& update) {
  switch (update.kind) {
    case UpdateKind::kSingleTrigger:
      return std::make_unique<SingleTrigger>(parameters, sgd, *update.digits,
                                             update.single_trigger);
    case UpdateKind::kMasterCopy:
      return std::make_unique<MasterCopy>(parameters, sgd, *update.digits, update.master);
    case UpdateKind::kFloat:
      break;
  }
  return std::make_unique<Sgd>(parameters, sgd);
}

}  // namespace floatsd::train
