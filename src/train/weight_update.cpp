#include "train/weight_update.h"

#include "train/master_copy.h"
#include "train/sgd.h"
#include "train/single_trigger.h"

namespace floatsd::train {

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
