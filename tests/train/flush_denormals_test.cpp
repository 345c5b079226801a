#include "train/flush_denormals.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "catch.h"

using namespace floatsd;

TEST_CASE("Denormal numbers are 0 in every thread that computes", "[train]") {
  at::set_num_threads(4);
  train::flush_denormals();
  // Long enough for all threads; one value of it in each of them would show.
  const at::Tensor tiny = at::full({1 << 22}, 1e-40F) * 0.5F;
  CHECK(tiny.count_nonzero().item<int64_t>() == 0);
  CHECK((at::full({1 << 22}, 1e-30F) * 1e-9F).count_nonzero().item<int64_t>() == 0);
}
