#include "train/assign.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/refuse.h"
#include "core/shape_text.h"

namespace floatsd::train {
namespace {

void copy(const std::string& where, const at::Tensor& value, const at::Tensor& into) {
  require(value.sizes() == into.sizes(),
          where + ": shape " + shape_text(value) + ", expected " + shape_text(into));
  require(value.is_floating_point(),
          where + ": elements of type " + at::toString(value.scalar_type()) + ", expected floats");
  const at::NoGradGuard no_grad;
  into.detach().copy_(value);
}

}  // namespace

std::string shape_text(const at::Tensor& tensor) { return floatsd::shape_text(tensor.sizes()); }

void assign(const std::string& where, const at::Tensor& value, const at::Tensor& into) {
  copy(where, value, into);  // as the network holds it: a float64 may be beyond float32
  require(at::isfinite(into).all().item<bool>(), where + ": a value that is not finite");
}

void assign_range(const std::string& where, const at::Tensor& value, const at::Tensor& into) {
  copy(where, value, into);
  require(!at::isnan(into).any().item<bool>(), where + ": a value that is not a number");
}

}  // namespace floatsd::train
