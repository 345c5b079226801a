#include "floatsd/train/distillation.h"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

#include "core/refuse.h"

namespace floatsd::train {

void check(const Distillation& options) {
  require(options.share > 0 && options.share <= 1,
          "teacher-share: " + std::to_string(options.share) + ", expected above 0 and at most 1");
  require(options.temperature > 0 && std::isfinite(options.temperature),
          "temperature: " + std::to_string(options.temperature) + ", expected above 0 and finite");
}

at::Tensor distillation_loss(const at::Tensor& student, const at::Tensor& teacher,
                             double temperature) {
  const auto images = static_cast<double>(student.size(0));
  const at::Tensor divergence = at::kl_div(at::log_softmax(student / temperature, 1),
                                           at::log_softmax(teacher.detach() / temperature, 1),
                                           at::Reduction::Sum, /*log_target=*/true);
  return divergence * (temperature * temperature / images);
}

}  // namespace floatsd::train
